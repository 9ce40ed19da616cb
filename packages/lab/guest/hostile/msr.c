// SPDX-License-Identifier: MIT
/* What a guest, and user space on its behalf, may write to the MSR, and what becomes of an area whose memory goes away. */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "vm.h"

#define ENABLED(address) ((address) | KVM_MSR_ECS_ENABLED)
#define CPUID_KVM_FEATURES 0x40000001

static const char *phase;
static bool failed;

static void expect(const char *name, bool holds)
{
	printf("unspin: test %s %s %s\n", phase, holds ? "ok" : "failed", name);
	failed |= !holds;
}

/* A write that is a #GP must leave everything as it was. */
static bool refused(struct vm *vm, uint64_t value)
{
	uint64_t before, after;

	return read_msr(vm, &before) && !write_msr(vm, value) && read_msr(vm, &after) && before == after;
}

static bool reads(struct vm *vm, uint64_t value)
{
	uint64_t now;

	return read_msr(vm, &now) && now == value;
}

static void test_addresses(struct vm *vm)
{
	bool reserved = true, unaligned = true;

	expect("MSR is 0 at first", reads(vm, 0));
	for (int bit = 1; bit <= 5; bit++)
		reserved &= refused(vm, ENABLED(AREA) | 1u << bit) && refused(vm, AREA | 1u << bit);
	expect("reserved bits are #GP", reserved);
	for (uint64_t offset = 4; offset < sizeof(struct kvm_ecs_area); offset += 4)
		unaligned &= refused(vm, ENABLED(AREA + offset));
	expect("area not 64-byte aligned is #GP", unaligned);
	expect("area in unmapped memory is #GP", refused(vm, ENABLED(UNMAPPED)));
	expect("area behind the end of memory is #GP", refused(vm, ENABLED(MEMORY_SIZE)));
	expect("area beyond physical addresses is #GP", refused(vm, ENABLED(0xfff0000000000000ull)));
	expect("area at the last address is #GP", refused(vm, ENABLED(~0x3full)));
}

static bool count_refused(struct vm *vm, uint64_t address)
{
	vm->area->preempt_count_gpa = address;
	return refused(vm, ENABLED(AREA));
}

static void test_flags(struct vm *vm)
{
	vm->area->flags = KVM_ECS_F_PREEMPT_COUNT << 1;
	expect("unknown flag is #GP", refused(vm, ENABLED(AREA)));
	vm->area->flags = KVM_ECS_F_PREEMPT_COUNT;
	expect("count not aligned is #GP", count_refused(vm, COUNT + 2) && count_refused(vm, COUNT + 1));
	expect("count across two pages is #GP", count_refused(vm, COUNT + PAGE - 2));
	expect("count in unmapped memory is #GP", count_refused(vm, UNMAPPED));
	expect("count at the last address is #GP", count_refused(vm, ~3ull));
	expect("refused areas are not written to", vm->area->version == 0);
}

static void test_enabling(struct vm *vm)
{
	bool twice = true;

	vm->area->preempt_count_gpa = COUNT;
	expect("area with a count is taken", write_msr(vm, ENABLED(AREA)) && reads(vm, ENABLED(AREA)));
	expect("version is written", vm->area->version == KVM_ECS_VERSION);
	expect("refused write leaves the area registered", refused(vm, ENABLED(UNMAPPED)) && reads(vm, ENABLED(AREA)));
	vm->area->flags = 0;
	expect("area in the last bytes of memory is taken", write_msr(vm, ENABLED(MEMORY_SIZE - sizeof(*vm->area))));
	for (int i = 0; i < 2; i++)
		twice &= write_msr(vm, ENABLED(AREA));
	expect("enabled twice", twice);
	for (int i = 0; i < 2; i++)
		twice &= write_msr(vm, 0);
	expect("disabled twice", twice);
	expect("address without the enable bit is taken", write_msr(vm, UNMAPPED) && reads(vm, UNMAPPED));
	write_msr(vm, 0);
}

/* Where the area is registered already, the host finds out when it looks for it: as the vCPU enters. */
static void test_slots(struct vm *vm)
{
	volatile struct kvm_ecs_area *area = (struct kvm_ecs_area *)vm->extra;
	bool alive = true;

	set_slot(vm, SLOT_EXTRA, EXTRA_ADDRESS, EXTRA_SIZE, vm->extra, KVM_MEM_READONLY);
	expect("area in a read-only slot is #GP", refused(vm, ENABLED(EXTRA_ADDRESS)));
	delete_extra_slot(vm);
	add_extra_slot(vm);
	expect("area in a slot of its own is taken", write_msr(vm, ENABLED(EXTRA_ADDRESS)));
	delete_extra_slot(vm);
	expect("slot deleted while registered", reads(vm, ENABLED(EXTRA_ADDRESS)) && refused(vm, ENABLED(EXTRA_ADDRESS)));
	for (int i = 0; i < 20; i++) {
		add_extra_slot(vm);
		alive &= reads(vm, ENABLED(EXTRA_ADDRESS));
		delete_extra_slot(vm);
		alive &= reads(vm, ENABLED(EXTRA_ADDRESS));
	}
	expect("slot added and deleted again and again", alive);
	area->version = 0;
	add_extra_slot(vm);
	expect("area is found in a slot added again", reads(vm, ENABLED(EXTRA_ADDRESS)) && area->version == KVM_ECS_VERSION);
	delete_extra_slot(vm);
	set_slot(vm, SLOT_EXTRA, EXTRA_ADDRESS, EXTRA_SIZE, vm->extra, KVM_MEM_READONLY);
	area->version = 0;
	expect("slot read-only while registered", reads(vm, ENABLED(EXTRA_ADDRESS)) && area->version == 0);
	delete_extra_slot(vm);
}

static void test_host_memory(struct vm *vm)
{
	add_extra_slot(vm);
	write_msr(vm, ENABLED(EXTRA_ADDRESS));
	munmap(vm->extra, EXTRA_SIZE);
	expect("host memory unmapped while registered", reads(vm, ENABLED(EXTRA_ADDRESS)) && write_msr(vm, 0));
	expect("area in unmapped host memory is #GP", refused(vm, ENABLED(EXTRA_ADDRESS)));
	delete_extra_slot(vm);
}

static bool user_sets(struct vm *vm, uint64_t value)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} msrs = { { .nmsrs = 1 }, { .index = MSR_KVM_ECS, .data = value } };

	return ioctl(vm->vcpu, KVM_SET_MSRS, &msrs) == 1;
}

static void test_user_space(struct vm *vm)
{
	bool set = user_sets(vm, ENABLED(UNMAPPED)) && reads(vm, ENABLED(UNMAPPED));

	expect("user space sets the MSR before there is memory", set);
	vm->area->version = 0;
	set = user_sets(vm, ENABLED(AREA)) && reads(vm, ENABLED(AREA));
	expect("user space sets the MSR", set && vm->area->version == KVM_ECS_VERSION);
	expect("user space cannot set reserved bits", !user_sets(vm, ENABLED(AREA) | 2) && reads(vm, ENABLED(AREA)));
}

static bool is_listed(struct vm *vm)
{
	struct {
		struct kvm_msr_list head;
		uint32_t indices[1024];
	} list = { { .nmsrs = 1024 }, {} };

	if (ioctl(vm->kvm, KVM_GET_MSR_INDEX_LIST, &list))
		return false;
	for (uint32_t i = 0; i < list.head.nmsrs; i++) {
		if (list.indices[i] == MSR_KVM_ECS)
			return true;
	}
	return false;
}

static bool is_offered(struct vm *vm)
{
	struct {
		struct kvm_cpuid2 head;
		struct kvm_cpuid_entry2 entries[256];
	} cpuid = { { .nent = 256 }, {} };

	if (ioctl(vm->kvm, KVM_GET_SUPPORTED_CPUID, &cpuid))
		return false;
	for (uint32_t i = 0; i < cpuid.head.nent; i++) {
		if (cpuid.entries[i].function == CPUID_KVM_FEATURES)
			return cpuid.entries[i].eax >> KVM_FEATURE_ECS & 1;
	}
	return false;
}

/* A VM that was given no CPUID at all has no features once it is held to them. */
static void test_discovery(struct vm *vm)
{
	struct kvm_enable_cap enforce = { .cap = KVM_CAP_ENFORCE_PV_FEATURE_CPUID, .args = { 1 } };
	struct vm other;

	expect("MSR is listed", is_listed(vm));
	expect("feature bit is offered", is_offered(vm));
	create_vm(&other);
	if (ioctl(other.vcpu, KVM_ENABLE_CAP, &enforce))
		die("KVM_CAP_ENFORCE_PV_FEATURE_CPUID");
	enter_vm(&other);
	expect("MSR is #GP without the feature bit", !write_msr(&other, ENABLED(AREA)));
	destroy_vm(&other);
}

int test_msr(const char *name)
{
	struct vm vm;

	phase = name;
	create_vm(&vm);
	enter_vm(&vm);
	test_addresses(&vm);
	test_flags(&vm);
	test_enabling(&vm);
	test_slots(&vm);
	test_host_memory(&vm);
	test_user_space(&vm);
	test_discovery(&vm);
	return failed;
}
