// SPDX-License-Identifier: MIT
/* Makes a VM, gives it commands, and reads what KVM counts for it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vm.h"

_Static_assert(offsetof(struct command, op) == COMMAND_OP, "as in guest.S");
_Static_assert(offsetof(struct command, low) == COMMAND_LOW, "as in guest.S");
_Static_assert(offsetof(struct command, high) == COMMAND_HIGH, "as in guest.S");
_Static_assert(offsetof(struct command, fault) == COMMAND_FAULT, "as in guest.S");
_Static_assert(sizeof(struct kvm_ecs_area) == 64, "as the interface has it");

extern const uint8_t guest[], guest_end[];

const char *const counter_names[COUNTERS] = {
	[GRANTS] = "grants",
	[EXPIRED] = "expired",
	[OVERRUNS] = "overruns",
	[REVOKED] = "revoked",
	[REFUSED] = "refused",
	[UNREADABLE] = "unreadable",
	[EXTRA_NS] = "extra_ns",
	[INTERRUPT] = "unavoided_interrupt",
	[LOCK] = "unavoided_lock",
	[BLOCKING] = "unavoided_blocking",
	[READER] = "unavoided_reader",
	[RCU] = "unavoided_rcu",
	[PREEMPT] = "unavoided_preempt",
};

atomic_bool over;
static struct vm *alarmed;

void die(const char *what)
{
	printf("unspin: failed ecs-vm: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void *map_pages(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		die("mmap");
	return memory;
}

void set_slot(struct vm *vm, uint32_t slot, uint64_t address, uint64_t size, void *memory, uint32_t flags)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot,
		.flags = flags,
		.guest_phys_addr = address,
		.memory_size = size,
		.userspace_addr = (uintptr_t)memory,
	};

	if (ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region))
		die("KVM_SET_USER_MEMORY_REGION");
}

void add_extra_slot(struct vm *vm)
{
	set_slot(vm, SLOT_EXTRA, EXTRA_ADDRESS, EXTRA_SIZE, vm->extra, 0);
}

void delete_extra_slot(struct vm *vm)
{
	set_slot(vm, SLOT_EXTRA, EXTRA_ADDRESS, 0, vm->extra, 0);
}

/* Names in the kernel's list have a prefix that ours lack. */
static void find_counters(struct vm *vm)
{
	struct kvm_stats_header header;
	char raw[sizeof(struct kvm_stats_desc) + 256];
	struct kvm_stats_desc *desc = (struct kvm_stats_desc *)raw;
	size_t size;

	vm->stats = ioctl(vm->vcpu, KVM_GET_STATS_FD, NULL);
	if (vm->stats < 0 || pread(vm->stats, &header, sizeof(header), 0) != sizeof(header))
		die("KVM_GET_STATS_FD");
	size = sizeof(*desc) + header.name_size;
	if (size > sizeof(raw))
		die("names of counters");
	for (int i = 0; i < COUNTERS; i++)
		vm->counters[i] = -1;
	for (uint32_t n = 0; n < header.num_desc; n++) {
		if (pread(vm->stats, raw, size, header.desc_offset + n * size) != (ssize_t)size)
			die("counters");
		if (strncmp(desc->name, "ecs_", 4))
			continue;
		for (int i = 0; i < COUNTERS; i++) {
			if (!strcmp(desc->name + 4, counter_names[i]))
				vm->counters[i] = header.data_offset + desc->offset;
		}
	}
}

uint64_t read_counter(struct vm *vm, enum counter counter)
{
	uint64_t value;

	if (vm->counters[counter] < 0 || pread(vm->stats, &value, sizeof(value), vm->counters[counter]) != sizeof(value)) {
		errno = ENOENT;
		die(counter_names[counter]);
	}
	return value;
}

static void start_in_real_mode(struct vm *vm)
{
	struct kvm_regs regs = { .rip = CODE, .rflags = 2 };
	struct kvm_sregs sregs;

	if (ioctl(vm->vcpu, KVM_GET_SREGS, &sregs))
		die("KVM_GET_SREGS");
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	if (ioctl(vm->vcpu, KVM_SET_SREGS, &sregs) || ioctl(vm->vcpu, KVM_SET_REGS, &regs))
		die("registers");
}

void create_vm(struct vm *vm)
{
	int run_size;

	memset(vm, 0, sizeof(*vm));
	vm->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (vm->kvm < 0)
		die("/dev/kvm");
	vm->fd = ioctl(vm->kvm, KVM_CREATE_VM, 0);
	if (vm->fd < 0)
		die("KVM_CREATE_VM");
	vm->memory = map_pages(MEMORY_SIZE);
	vm->extra = map_pages(EXTRA_SIZE);
	memcpy(vm->memory + CODE, guest, guest_end - guest);
	vm->command = (struct command *)(vm->memory + COMMAND);
	vm->area = (struct kvm_ecs_area *)(vm->memory + AREA);
	set_slot(vm, SLOT_MEMORY, 0, MEMORY_SIZE, vm->memory, 0);
	vm->vcpu = ioctl(vm->fd, KVM_CREATE_VCPU, 0);
	if (vm->vcpu < 0)
		die("KVM_CREATE_VCPU");
	run_size = ioctl(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	vm->run = mmap(NULL, run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vm->vcpu, 0);
	if (vm->run == MAP_FAILED)
		die("mmap of the vCPU");
	find_counters(vm);
	start_in_real_mode(vm);
}

void destroy_vm(struct vm *vm)
{
	munmap(vm->run, ioctl(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0));
	close(vm->stats);
	close(vm->vcpu);
	close(vm->fd);
	close(vm->kvm);
	munmap(vm->memory, MEMORY_SIZE);
	munmap(vm->extra, EXTRA_SIZE);
}

/* KVM_RUN that has not begun yet sees immediate_exit, one that has sees the signal. */
static void end_time(int signal)
{
	(void)signal;
	atomic_store(&over, true);
	alarmed->run->immediate_exit = 1;
}

void end_on_alarm(struct vm *vm)
{
	struct sigaction action = { .sa_handler = end_time };

	alarmed = vm;
	sigaction(SIGALRM, &action, NULL);
}

void enter_vm(struct vm *vm)
{
	while (!atomic_load(&over)) {
		if (ioctl(vm->vcpu, KVM_RUN, 0)) {
			if (errno != EINTR && errno != EAGAIN)
				die("KVM_RUN");
			continue;
		}
		if (vm->run->exit_reason != KVM_EXIT_IO) {
			printf("unspin: failed ecs-vm: the VM left with reason %u\n", vm->run->exit_reason);
			exit(1);
		}
		if (vm->run->io.port == PORT_READY)
			return;
	}
}

void command_vm(struct vm *vm, uint32_t op, uint64_t value)
{
	vm->command->op = op;
	vm->command->low = value;
	vm->command->high = value >> 32;
	enter_vm(vm);
}

bool write_msr(struct vm *vm, uint64_t value)
{
	command_vm(vm, OP_WRITE_MSR, value);
	return !vm->command->fault;
}

bool read_msr(struct vm *vm, uint64_t *value)
{
	command_vm(vm, OP_READ_MSR, 0);
	*value = vm->command->low | (uint64_t)vm->command->high << 32;
	return !vm->command->fault;
}
