// SPDX-License-Identifier: MIT
/*
 * Makes TLB shootdowns that hit vCPUs in user mode: receivers spin in user
 * mode while the main thread maps, touches and unmaps memory of the same mm,
 * so that each unmap sends an IPI and waits for the receivers in the kernel.
 * Says how many unmaps a second that were, and how long they took.
 *
 * usage: tlb-shootdown RECEIVERS seconds|rounds NUMBER
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "report.h"

#define PAGES 4
#define PAGE_BYTES 4096

static volatile int stop;

static void *receiver(void *arg)
{
	volatile unsigned long *turns = arg;

	/* No PAUSE here: the receiver's own loop must not look like a spin loop. */
	while (!stop)
		(*turns)++;
	return NULL;
}

/* ns that one unmap took, or 0 */
static uint64_t shoot(void)
{
	uint64_t before;
	char *p = mmap(NULL, PAGES * PAGE_BYTES, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return 0;
	for (int i = 0; i < PAGES; i++)
		p[i * PAGE_BYTES] = 1;
	before = now_ns();
	if (munmap(p, PAGES * PAGE_BYTES))
		return 0;
	return now_ns() - before;
}

int main(int argc, char **argv)
{
	int receivers = argc > 1 ? atoi(argv[1]) : 1;
	bool seconds = argc > 2 && !strcmp(argv[2], "seconds");
	uint64_t number = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
	unsigned long *turns = calloc(receivers, sizeof(*turns));
	pthread_t *threads = calloc(receivers, sizeof(*threads));
	struct histogram latencies = { 0 };
	uint64_t start, rounds = 0, elapsed = 0;

	if (!turns || !threads)
		return 1;
	for (int i = 0; i < receivers; i++)
		if (pthread_create(&threads[i], NULL, receiver, &turns[i]))
			return 1;

	start = now_ns();
	while ((seconds ? elapsed / NS_PER_S : rounds) < number) {
		uint64_t ns = shoot();

		if (!ns)
			return 1;
		count_latency(&latencies, ns);
		rounds++;
		elapsed = now_ns() - start;
	}
	stop = 1;
	for (int i = 0; i < receivers; i++)
		pthread_join(threads[i], NULL);
	report_rate("roundsPerSecond", rounds, elapsed);
	report_latencies("shootdown", &latencies);
	return 0;
}
