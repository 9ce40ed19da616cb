/* SPDX-License-Identifier: MIT */
/* A VM with one vCPU and no operating system, which does as it is told. */
#ifndef VM_H
#define VM_H

#include <linux/kvm.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "layout.h"

/* The interface under test, as in Documentation/virt/kvm/x86/ecs.rst of the patched kernel. */
#define KVM_FEATURE_ECS 18
#define KVM_MSR_ECS_ENABLED 1ull
#define KVM_ECS_VERSION 1
#define KVM_ECS_F_PREEMPT_COUNT (1u << 0)
#define KVM_ECS_LANE_LOCK 0
#define KVM_ECS_LANE_READER 8
#define KVM_ECS_LANE_RCU 16
#define KVM_ECS_LANE_INTERRUPT 24

struct kvm_ecs_area {
	uint32_t version;
	uint32_t flags;
	uint32_t non_preemptable_ecs_count;
	uint32_t preemptable_ecs_count;
	uint32_t vcpu_preempted;
	uint32_t pcpu_overcommitted;
	uint64_t preempt_count_gpa;
	uint32_t pad[8];
};

/* Memory slots: the VM's own memory, and one for an area that comes and goes. */
enum { SLOT_MEMORY, SLOT_EXTRA };

#define EXTRA_ADDRESS 0x100000
#define EXTRA_SIZE PAGE
/* No slot is there. */
#define UNMAPPED 0x40000000

/* What KVM counts for a vCPU. Those from INTERRUPT on are preemptions in a critical section, by its kind. */
enum counter {
	GRANTS, EXPIRED, OVERRUNS, REVOKED, REFUSED, UNREADABLE, EXTRA_NS,
	INTERRUPT, LOCK, BLOCKING, READER, RCU, PREEMPT, COUNTERS
};
/* As the kernel has them, behind "ecs_". */
extern const char *const counter_names[COUNTERS];

struct command {
	uint32_t op;
	uint32_t low;
	uint32_t high;
	uint32_t fault;
};

struct vm {
	int kvm;
	int fd;
	int vcpu;
	int stats;
	long counters[COUNTERS]; /* offsets in stats */
	struct kvm_run *run;
	uint8_t *memory;
	uint8_t *extra;
	volatile struct command *command;
	volatile struct kvm_ecs_area *area;
};

/* The time is over: whatever the VM does then, enter_vm() comes back. */
extern atomic_bool over;

void die(const char *what) __attribute__((noreturn));
void create_vm(struct vm *vm);
void destroy_vm(struct vm *vm);
/* A size of 0 deletes the slot. */
void set_slot(struct vm *vm, uint32_t slot, uint64_t address, uint64_t size, void *memory, uint32_t flags);
void add_extra_slot(struct vm *vm);
void delete_extra_slot(struct vm *vm);
/* Runs the VM until it asks for a command, or until the time is over. */
void enter_vm(struct vm *vm);
/* For SIGALRM: ends the time for the VM that was given last. */
void end_on_alarm(struct vm *vm);
/* False where that is a #GP. */
bool write_msr(struct vm *vm, uint64_t value);
bool read_msr(struct vm *vm, uint64_t *value);
void command_vm(struct vm *vm, uint32_t op, uint64_t value);
uint64_t read_counter(struct vm *vm, enum counter counter);

int test_msr(const char *phase);
int share_cpu(const char *phase, const char *mode, unsigned int seconds, int cpu);

#endif
