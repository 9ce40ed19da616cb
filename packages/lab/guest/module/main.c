// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lock loads for experiments in a guest.  Writing to unspin_load/run in debugfs
 * runs one, and returns when it is done; unspin_load/result says what it gave:
 *
 *   lock-latency PRIMITIVE THREADS PAIRS HOLD_NS THINK_NS
 *   lock-holder THREADS PAIRS HOLD_NS THINK_NS
 *   lock-loop THREADS SECONDS HOLD_NS
 *
 * The lines of the result are "report NAME VALUE", and "latency acquire COUNT..."
 * where element n counts acquisitions of less than 2^n ns, and of 2^(n-1) ns
 * at least.  bestNsPerPair is of the fastest LOAD_BATCH pairs of any thread, or
 * of all pairs where no thread makes that many.
 */
#include <linux/debugfs.h>
#include <linux/init.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/time64.h>
#include <linux/uaccess.h>

#include "load.h"

struct load_result {
	u64 pairs;
	u64 elapsed_ns;
	u64 thread_ns;
	u64 best_batch_ns;
	bool cost;
	bool latencies;
	u64 counts[LOAD_BUCKETS];
};

static const char * const load_primitives[] = {
	[LOAD_SPINLOCK] = "spinlock",
	[LOAD_RWLOCK_READ] = "rwlock-read",
	[LOAD_RWLOCK_WRITE] = "rwlock-write",
	[LOAD_MUTEX] = "mutex",
	[LOAD_RWSEM_READ] = "rwsem-read",
	[LOAD_RWSEM_WRITE] = "rwsem-write",
	[LOAD_RCU_READ] = "rcu-read",
};

/* Serializes runs, and protects the result. */
static DEFINE_MUTEX(load_run_mutex);
static struct load_result load_result;
static struct dentry *load_dir;

static void load_take(const struct load_pass *pass)
{
	load_result.pairs = pass->pairs_done;
	load_result.elapsed_ns = pass->elapsed_ns;
	load_result.thread_ns = pass->thread_ns;
	load_result.best_batch_ns = pass->best_batch_ns;
}

/*
 * The clock costs more than a lock that is free: a first pass without it says
 * how many pairs there are in a second, a second one how long each waited.
 */
static int load_latency(struct load_pass *pass)
{
	struct load_pass timed = *pass;
	int error = load_run_pass(pass);

	if (error)
		return error;
	load_take(pass);
	load_result.cost = true;

	timed.timed = true;
	error = load_run_pass(&timed);
	memcpy(load_result.counts, timed.counts, sizeof(timed.counts));
	load_result.latencies = true;
	return error;
}

/* One pass: where locks are held this long the clock does not matter. */
static int load_timed(struct load_pass *pass)
{
	int error;

	pass->timed = true;
	error = load_run_pass(pass);
	load_take(pass);
	memcpy(load_result.counts, pass->counts, sizeof(pass->counts));
	load_result.latencies = true;
	return error;
}

static bool load_threads_fit(const struct load_pass *pass)
{
	return pass->threads && pass->threads <= LOAD_MAX_THREADS;
}

static int load_parse_and_run(char *text)
{
	struct load_pass pass = { .primitive = LOAD_SPINLOCK };
	char primitive[16];
	unsigned int seconds;
	int found, error;

	memset(&load_result, 0, sizeof(load_result));
	if (sscanf(text, "lock-latency %15s %u %llu %llu %llu", primitive, &pass.threads,
		   &pass.pairs, &pass.hold_ns, &pass.think_ns) == 5) {
		found = match_string(load_primitives, ARRAY_SIZE(load_primitives), primitive);
		if (found < 0 || !pass.pairs || !load_threads_fit(&pass))
			return -EINVAL;
		pass.primitive = found;
		return load_latency(&pass);
	}
	if (sscanf(text, "lock-holder %u %llu %llu %llu", &pass.threads, &pass.pairs,
		   &pass.hold_ns, &pass.think_ns) == 4) {
		if (!pass.pairs || !load_threads_fit(&pass))
			return -EINVAL;
		return load_timed(&pass);
	}
	if (sscanf(text, "lock-loop %u %u %llu", &pass.threads, &seconds, &pass.hold_ns) == 3) {
		if (!seconds || !load_threads_fit(&pass))
			return -EINVAL;
		pass.run_ns = (u64)seconds * NSEC_PER_SEC;
		error = load_run_pass(&pass);
		load_take(&pass);
		return error;
	}
	return -EINVAL;
}

static ssize_t load_run_write(struct file *file, const char __user *buffer,
			      size_t size, loff_t *pos)
{
	char *text = memdup_user_nul(buffer, min_t(size_t, size, 128));
	int error;

	if (IS_ERR(text))
		return PTR_ERR(text);

	error = mutex_lock_interruptible(&load_run_mutex);
	if (!error) {
		error = load_parse_and_run(text);
		mutex_unlock(&load_run_mutex);
	}
	kfree(text);
	return error ? error : size;
}

static const struct file_operations load_run_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = load_run_write,
};

/* a * thousand / b with three decimals, as the kernel does not know fractions. */
static void load_show_ratio(struct seq_file *m, const char *name, u64 a, u64 thousand, u64 b)
{
	u32 rest;
	u64 whole = div_u64_rem(mul_u64_u64_div_u64(a, thousand, b), 1000, &rest);

	seq_printf(m, "report %s %llu.%03u\n", name, whole, rest);
}

static void load_show_cost(struct seq_file *m, const struct load_result *result)
{
	load_show_ratio(m, "nsPerPair", result->thread_ns, 1000, result->pairs);
	if (result->best_batch_ns)
		load_show_ratio(m, "bestNsPerPair", result->best_batch_ns, 1000, LOAD_BATCH);
	else
		load_show_ratio(m, "bestNsPerPair", result->thread_ns, 1000, result->pairs);
}

static int load_result_show(struct seq_file *m, void *v)
{
	const struct load_result *result = &load_result;
	int last = LOAD_BUCKETS - 1;
	int i;

	mutex_lock(&load_run_mutex);
	if (result->pairs && result->elapsed_ns) {
		load_show_ratio(m, "pairsPerSecond", result->pairs,
				1000ull * NSEC_PER_SEC, result->elapsed_ns);
		if (result->cost)
			load_show_cost(m, result);
	}
	if (result->latencies) {
		while (last > 0 && !result->counts[last])
			last--;
		seq_puts(m, "latency acquire");
		for (i = 0; i <= last; i++)
			seq_printf(m, " %llu", result->counts[i]);
		seq_putc(m, '\n');
	}
	mutex_unlock(&load_run_mutex);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(load_result);

static int __init load_init(void)
{
	load_dir = debugfs_create_dir("unspin_load", NULL);
	debugfs_create_file("run", 0200, load_dir, NULL, &load_run_fops);
	debugfs_create_file("result", 0400, load_dir, NULL, &load_result_fops);
	return 0;
}
module_init(load_init);

static void __exit load_exit(void)
{
	debugfs_remove_recursive(load_dir);
}
module_exit(load_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Lock loads for unspin's experiments");
