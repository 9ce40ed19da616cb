/* SPDX-License-Identifier: MIT */
/* Shared by the parts of the conductor, which runs the guests of one cell in the host (L1). Times are ns of CLOCK_MONOTONIC. */
#ifndef CONDUCTOR_H
#define CONDUCTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define MAX_VMS 8
#define MAX_VCPUS 16
#define MAX_ARGS 64
#define MAX_COUNTERS 512
#define NS_PER_S 1000000000ull

struct counter {
	char name[64];
	long long value;
};

struct counters {
	struct counter at[MAX_COUNTERS];
	int count;
};

struct vcpu_times {
	uint64_t run;
	uint64_t wait;
};

struct text {
	char *bytes;
	size_t length;
	size_t room;
};

struct vm {
	/* from the configuration */
	char *name;
	bool measured;
	bool pause_exits;
	char *argv[MAX_ARGS + 1];
	int args;
	/* the running QEMU */
	pid_t pid;
	int in, out, pidfd;
	bool ready, done, ended, gone;
	uint64_t done_at;
	struct text said;
	size_t scanned;
	/* its vCPU threads */
	int vcpus;
	int schedstat[MAX_VCPUS];
	/* what was seen */
	struct vcpu_times before[MAX_VCPUS], after[MAX_VCPUS];
	struct counters kvm_before, kvm_after;
	uint64_t last_run;
	struct text timeline;
};

struct go {
	struct vm *vm;
	uint64_t after_ns;
};

struct plan {
	uint64_t window_ns;
	uint64_t ready_ns;
	uint64_t load_ns;
	struct vm vms[MAX_VMS];
	int vm_count;
	struct go go[MAX_VMS];
	int go_count;
};

/* conf.c: 0, or -1 after saying what is wrong with the file */
int read_plan(const char *path, struct plan *plan);

/* snapshot.c */
int find_vcpus(struct vm *vm);
int set_pause_exits(const struct vm *vm, bool on);
uint64_t sample_run(struct vm *vm);
void snapshot_vcpus(struct vm *vm, struct vcpu_times *times);
void snapshot_vm(const struct vm *vm, struct counters *counters);
void snapshot_host(struct counters *counters);

/* report.c */
extern bool failed;
__attribute__((format(printf, 1, 2))) void fail(const char *format, ...);
void append(struct text *text, const char *bytes, size_t length);
void report(struct plan *plan, uint64_t started, const struct counters *before, const struct counters *after);

#endif
