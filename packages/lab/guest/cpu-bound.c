// SPDX-License-Identifier: MIT
/*
 * Threads that only count in user mode, for so many seconds of the guest's clock. Says how many turns a second all of
 * them made together; a turn is a fixed number of additions.
 *
 * usage: cpu-bound THREADS SECONDS
 */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "report.h"

#define ADDITIONS 1000

static volatile int stop;

static void *count(void *arg)
{
	uint64_t *turns = arg;
	uint64_t made = 0;

	while (!stop) {
		for (volatile int i = 0; i < ADDITIONS; i++)
			;
		made++;
	}
	*turns = made;
	return NULL;
}

int main(int argc, char **argv)
{
	int threads = argc > 1 ? atoi(argv[1]) : 1;
	int seconds = argc > 2 ? atoi(argv[2]) : 1;
	uint64_t *turns = calloc(threads, sizeof(*turns));
	pthread_t *ids = calloc(threads, sizeof(*ids));
	uint64_t start = now_ns(), sum = 0;

	if (!turns || !ids)
		return 1;
	for (int i = 0; i < threads; i++)
		if (pthread_create(&ids[i], NULL, count, &turns[i]))
			return 1;
	sleep(seconds);
	stop = 1;
	for (int i = 0; i < threads; i++) {
		pthread_join(ids[i], NULL);
		sum += turns[i];
	}
	report_rate("turnsPerSecond", sum, now_ns() - start);
	return 0;
}
