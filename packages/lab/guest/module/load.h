/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNSPIN_LOAD_H
#define UNSPIN_LOAD_H

#include <linux/completion.h>
#include <linux/types.h>

#define LOAD_BUCKETS 40
#define LOAD_MAX_THREADS 64
/* pairs from one look around to the next */
#define LOAD_BATCH 256

enum load_primitive {
	LOAD_SPINLOCK,
	LOAD_RWLOCK_READ,
	LOAD_RWLOCK_WRITE,
	LOAD_MUTEX,
	LOAD_RWSEM_READ,
	LOAD_RWSEM_WRITE,
	LOAD_RCU_READ,
};

/* What all threads of one pass do, and what came of it. */
struct load_pass {
	enum load_primitive primitive;
	unsigned int threads;
	/* of all threads together; 0: until the end of the time */
	u64 pairs;
	u64 run_ns;
	u64 hold_ns;
	u64 think_ns;
	/* whether the clock is read around each acquisition */
	bool timed;

	/* of the threads together */
	u64 pairs_done;
	u64 thread_ns;
	/* of the fastest batch, most likely one that nothing disturbed; 0: none was whole */
	u64 best_batch_ns;
	u64 counts[LOAD_BUCKETS];
	/* from the start of all until the end of the last one */
	u64 elapsed_ns;
};

int load_run_pass(struct load_pass *pass);

#endif
