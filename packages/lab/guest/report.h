/* SPDX-License-Identifier: MIT */
/* What the guests' programs measure with, and how they say it: "report NAME VALUE" and "latency NAME COUNT...". */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#define NS_PER_S 1000000000ull
#define BUCKETS 40

/* counts[i]: latencies of less than 2^i ns, and of 2^(i-1) ns at least */
struct histogram {
	uint64_t counts[BUCKETS];
};

static inline uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static inline void count_latency(struct histogram *histogram, uint64_t ns)
{
	int bucket = ns ? 64 - __builtin_clzll(ns) : 0;

	histogram->counts[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
}

static inline void report_rate(const char *name, uint64_t count, uint64_t ns)
{
	printf("report %s %.3f\n", name, ns ? (double)count * NS_PER_S / ns : 0.0);
}

static inline void report_latencies(const char *name, const struct histogram *histogram)
{
	int last = BUCKETS - 1;

	while (last > 0 && !histogram->counts[last])
		last--;
	printf("latency %s", name);
	for (int i = 0; i <= last; i++)
		printf(" %llu", (unsigned long long)histogram->counts[i]);
	putchar('\n');
}

#endif
