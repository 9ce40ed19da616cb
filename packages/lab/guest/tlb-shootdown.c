// SPDX-License-Identifier: MIT
/*
 * Makes TLB shootdowns that hit vCPUs in user mode: receivers spin in user
 * mode while the main thread maps, touches and unmaps memory of the same mm,
 * so that each unmap sends an IPI and waits for the receivers in the kernel.
 *
 * usage: tlb-shootdown RECEIVERS SECONDS
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

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

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	int receivers = argc > 1 ? atoi(argv[1]) : 1;
	double end = now() + (argc > 2 ? atof(argv[2]) : 1);
	unsigned long *turns = calloc(receivers, sizeof(*turns));
	pthread_t *threads = calloc(receivers, sizeof(*threads));
	unsigned long rounds = 0;

	if (!turns || !threads)
		return 1;
	for (int i = 0; i < receivers; i++)
		if (pthread_create(&threads[i], NULL, receiver, &turns[i]))
			return 1;

	while (now() < end) {
		char *p = mmap(NULL, PAGES * PAGE_BYTES, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			return 1;
		for (int i = 0; i < PAGES; i++)
			p[i * PAGE_BYTES] = 1;
		if (munmap(p, PAGES * PAGE_BYTES))
			return 1;
		rounds++;
	}
	stop = 1;
	for (int i = 0; i < receivers; i++)
		pthread_join(threads[i], NULL);
	printf("%lu\n", rounds);
	return rounds ? 0 : 1;
}
