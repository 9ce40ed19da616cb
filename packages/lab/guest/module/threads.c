// SPDX-License-Identifier: GPL-2.0-only
/* Threads that take and release one lock, each on a CPU of its own. */
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "load.h"

static DEFINE_SPINLOCK(load_spinlock);
static DEFINE_RWLOCK(load_rwlock);
static DEFINE_MUTEX(load_mutex);
static DECLARE_RWSEM(load_rwsem);

struct load_thread {
	struct load_pass *pass;
	struct load_shared *shared;
	u64 pairs;
	u64 pairs_done;
	u64 elapsed_ns;
	u64 best_batch_ns;
	u64 counts[LOAD_BUCKETS];
};

struct load_shared {
	struct completion go;
	struct completion done;
	atomic_t running;
	bool stop;
	struct load_thread threads[];
};

/* The primitive is a constant wherever these are inlined: no branch is left. */
static __always_inline void load_acquire(enum load_primitive primitive)
{
	switch (primitive) {
	case LOAD_SPINLOCK:
		spin_lock(&load_spinlock);
		break;
	case LOAD_RWLOCK_READ:
		read_lock(&load_rwlock);
		break;
	case LOAD_RWLOCK_WRITE:
		write_lock(&load_rwlock);
		break;
	case LOAD_MUTEX:
		mutex_lock(&load_mutex);
		break;
	case LOAD_RWSEM_READ:
		down_read(&load_rwsem);
		break;
	case LOAD_RWSEM_WRITE:
		down_write(&load_rwsem);
		break;
	case LOAD_RCU_READ:
		rcu_read_lock();
		break;
	}
}

static __always_inline void load_release(enum load_primitive primitive)
{
	switch (primitive) {
	case LOAD_SPINLOCK:
		spin_unlock(&load_spinlock);
		break;
	case LOAD_RWLOCK_READ:
		read_unlock(&load_rwlock);
		break;
	case LOAD_RWLOCK_WRITE:
		write_unlock(&load_rwlock);
		break;
	case LOAD_MUTEX:
		mutex_unlock(&load_mutex);
		break;
	case LOAD_RWSEM_READ:
		up_read(&load_rwsem);
		break;
	case LOAD_RWSEM_WRITE:
		up_write(&load_rwsem);
		break;
	case LOAD_RCU_READ:
		rcu_read_unlock();
		break;
	}
}

/* Without PAUSE: it must not look like a spin loop. */
static void load_busy_wait(u64 ns)
{
	u64 start = local_clock();

	while (local_clock() - start < ns)
		barrier();
}

static void load_count(struct load_thread *thread, u64 ns)
{
	unsigned int bucket = ns ? ilog2(ns) + 1 : 0;

	thread->counts[min_t(unsigned int, bucket, LOAD_BUCKETS - 1)]++;
}

/* Makes the time since the last look a batch's, and the next batch's start now. */
static u64 load_batch_done(struct load_thread *thread, u64 start)
{
	u64 ns = local_clock() - start;

	if (start)
		thread->best_batch_ns = min_not_zero(thread->best_batch_ns, ns);
	cond_resched();
	return local_clock();
}

static __always_inline void load_pairs(struct load_thread *thread,
				       enum load_primitive primitive, bool timed)
{
	u64 hold_ns = thread->pass->hold_ns, think_ns = thread->pass->think_ns;
	u64 pairs = thread->pairs;
	u64 pair, before, batch_start = 0;

	for (pair = 0; pair < pairs; pair++) {
		if (timed) {
			before = local_clock();
			load_acquire(primitive);
			load_count(thread, local_clock() - before);
		} else {
			load_acquire(primitive);
		}
		if (hold_ns)
			load_busy_wait(hold_ns);
		load_release(primitive);
		if (think_ns)
			load_busy_wait(think_ns);
		if (pair % LOAD_BATCH == 0) {
			batch_start = load_batch_done(thread, batch_start);
			if (READ_ONCE(thread->shared->stop))
				break;
		}
	}
	thread->pairs_done = pair;
}

static __always_inline void load_primitive(struct load_thread *thread,
					   enum load_primitive primitive)
{
	if (thread->pass->timed)
		load_pairs(thread, primitive, true);
	else
		load_pairs(thread, primitive, false);
}

static void load_work(struct load_thread *thread)
{
	switch (thread->pass->primitive) {
	case LOAD_SPINLOCK:
		load_primitive(thread, LOAD_SPINLOCK);
		break;
	case LOAD_RWLOCK_READ:
		load_primitive(thread, LOAD_RWLOCK_READ);
		break;
	case LOAD_RWLOCK_WRITE:
		load_primitive(thread, LOAD_RWLOCK_WRITE);
		break;
	case LOAD_MUTEX:
		load_primitive(thread, LOAD_MUTEX);
		break;
	case LOAD_RWSEM_READ:
		load_primitive(thread, LOAD_RWSEM_READ);
		break;
	case LOAD_RWSEM_WRITE:
		load_primitive(thread, LOAD_RWSEM_WRITE);
		break;
	case LOAD_RCU_READ:
		load_primitive(thread, LOAD_RCU_READ);
		break;
	}
}

static int load_thread(void *data)
{
	struct load_thread *thread = data;
	struct load_shared *shared = thread->shared;
	u64 start;

	wait_for_completion(&shared->go);
	start = local_clock();
	load_work(thread);
	thread->elapsed_ns = local_clock() - start;
	if (atomic_dec_and_test(&shared->running))
		complete(&shared->done);
	return 0;
}

static int load_start(struct load_shared *shared, unsigned int index)
{
	struct task_struct *task;

	task = kthread_create(load_thread, &shared->threads[index], "unspin/%u", index);
	if (IS_ERR(task))
		return PTR_ERR(task);

	/* CPUs of a guest are numbered without holes. */
	kthread_bind(task, index % num_online_cpus());
	wake_up_process(task);
	return 0;
}

static void load_sum(struct load_pass *pass, const struct load_shared *shared)
{
	unsigned int i, bucket;

	for (i = 0; i < pass->threads; i++) {
		pass->pairs_done += shared->threads[i].pairs_done;
		pass->thread_ns += shared->threads[i].elapsed_ns;
		pass->best_batch_ns = min_not_zero(pass->best_batch_ns,
						   shared->threads[i].best_batch_ns);
		for (bucket = 0; bucket < LOAD_BUCKETS; bucket++)
			pass->counts[bucket] += shared->threads[i].counts[bucket];
	}
}

static int load_start_all(struct load_shared *shared, struct load_pass *pass)
{
	u64 share = pass->pairs ? DIV_ROUND_UP_ULL(pass->pairs, pass->threads) : U64_MAX;
	unsigned int i;
	int error;

	for (i = 0; i < pass->threads; i++) {
		shared->threads[i] = (struct load_thread){
			.pass = pass,
			.shared = shared,
			.pairs = share,
		};
		atomic_inc(&shared->running);
		error = load_start(shared, i);
		if (error) {
			atomic_dec(&shared->running);
			return error;
		}
	}
	return 0;
}

/* Whether the threads were done by themselves, not for lack of time or by a signal. */
static bool load_wait(struct load_shared *shared, u64 run_ns)
{
	unsigned long jiffies = run_ns ? nsecs_to_jiffies(run_ns) : MAX_SCHEDULE_TIMEOUT;

	return wait_for_completion_interruptible_timeout(&shared->done, jiffies) > 0;
}

/* Runs a pass until its pairs are made or its time is over, or until a signal comes. */
int load_run_pass(struct load_pass *pass)
{
	struct load_shared *shared;
	int error;
	u64 start;

	shared = kzalloc(struct_size(shared, threads, pass->threads), GFP_KERNEL);
	if (!shared)
		return -ENOMEM;

	init_completion(&shared->go);
	init_completion(&shared->done);
	/* One more than there are threads, so that none is the last before all are started. */
	atomic_set(&shared->running, 1);
	error = load_start_all(shared, pass);
	shared->stop = error;
	start = local_clock();
	complete_all(&shared->go);
	if (atomic_dec_and_test(&shared->running))
		complete(&shared->done);

	if (!load_wait(shared, pass->run_ns)) {
		WRITE_ONCE(shared->stop, true);
		wait_for_completion(&shared->done);
		if (signal_pending(current))
			error = -EINTR;
	}
	pass->elapsed_ns = local_clock() - start;
	load_sum(pass, shared);
	kfree(shared);
	return error;
}
