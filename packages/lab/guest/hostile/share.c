// SPDX-License-Identifier: MIT
/*
 * Two VMs on one pCPU for the same seconds: a greedy one, which claims critical sections for ever in one of several
 * ways, and an honest one, which knows nothing of them. Says how long each of them ran, and what KVM counted.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "vm.h"

#define NS_PER_S 1000000000ull
#define US 1000ull
#define MS 1000000ull

/* Preemption counts as x86 Linux keeps them; the top bit is not part of the count. */
#define COUNT_IN_HARDIRQ 0x80010000u
#define COUNT_OF_ONE 0x80000001u

struct mode {
	const char *name;
	uint32_t op;
	uint64_t address;
	struct kvm_ecs_area area;
	uint32_t preempt_count;
	/* Runs on other CPUs as long as the VM does. */
	void *(*meddle)(void *vm);
};

/* By CLOCK_MONOTONIC, the same for both. */
struct window {
	uint64_t start;
	uint64_t end;
	int cpu;
};

struct sample {
	uint64_t run_ns;
	uint64_t wait_ns;
	/* Times the thread came to a CPU. */
	uint64_t turns;
	uint64_t counters[COUNTERS];
};

/* What was done to the VM from outside, by meddle(). */
static atomic_uint changes;

static uint64_t now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static struct timespec timespec_of(uint64_t ns)
{
	return (struct timespec){ .tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S };
}

static void sleep_for(uint64_t ns)
{
	struct timespec ts = timespec_of(ns);

	nanosleep(&ts, NULL);
}

static uint64_t ended(struct vm *vm)
{
	return read_counter(vm, EXPIRED) + read_counter(vm, REVOKED);
}

/*
 * Deletes the slot of the area within an extra schedule. One begins when it is counted, and lasts for a millisecond: if
 * none more has begun or ended when the slot is gone, it went within this one.
 */
static void *delete_in_grace(void *arg)
{
	struct vm *vm = arg;

	while (!atomic_load(&over)) {
		uint64_t ended_before = ended(vm);
		uint64_t granted_before = read_counter(vm, GRANTS);

		while (!atomic_load(&over) && read_counter(vm, GRANTS) == granted_before)
			sleep_for(100 * US);
		delete_extra_slot(vm);
		if (read_counter(vm, GRANTS) == granted_before + 1 && ended(vm) == ended_before)
			atomic_fetch_add(&changes, 1);
		sleep_for(5 * MS);
		add_extra_slot(vm);
		sleep_for(10 * MS);
	}
	return NULL;
}

static void claim(struct vm *vm)
{
	mprotect((void *)vm->area, PAGE, PROT_READ | PROT_WRITE);
	memset((void *)vm->area, 0, sizeof(*vm->area));
	vm->area->non_preemptable_ecs_count = 1;
}

/* Now and then with the flag that makes the host read on elsewhere. */
static void write_garbage(struct vm *vm)
{
	const uint64_t elsewhere[] = { ~3ull, UNMAPPED, AREA, COUNT + 2, CODE };
	volatile uint32_t *words = (volatile uint32_t *)vm->area;

	for (size_t i = 0; i < sizeof(*vm->area) / sizeof(*words); i++)
		words[i] = random() ^ random() << 16;
	if (random() % 2) {
		vm->area->flags = KVM_ECS_F_PREEMPT_COUNT;
		vm->area->preempt_count_gpa = elsewhere[random() % (sizeof(elsewhere) / sizeof(*elsewhere))];
	}
}

/* Its page is not there until somebody writes to it. */
static void drop_page(struct vm *vm)
{
	madvise((void *)vm->area, PAGE, MADV_DONTNEED);
}

static void protect_page(struct vm *vm)
{
	mprotect((void *)vm->area, PAGE, PROT_NONE);
}

/* Spoils the area of a VM that runs, in turns, and makes the host look for it anew by changing another slot. */
static void *change_area(void *arg)
{
	static void (*const spoil[])(struct vm *vm) = { write_garbage, drop_page, protect_page };
	struct vm *vm = arg;

	for (unsigned int i = 0; !atomic_load(&over); i++) {
		claim(vm);
		sleep_for(30 * MS);
		spoil[i % 3](vm);
		sleep_for(5 * MS);
		add_extra_slot(vm);
		delete_extra_slot(vm);
		sleep_for(5 * MS);
		atomic_fetch_add(&changes, 1);
	}
	return NULL;
}

#define NON_PREEMPTABLE(lane) { .non_preemptable_ecs_count = 1u << KVM_ECS_LANE_##lane }
#define PREEMPTABLE(lane) { .preemptable_ecs_count = 1u << KVM_ECS_LANE_##lane }
#define BY_COUNT { .flags = KVM_ECS_F_PREEMPT_COUNT, .preempt_count_gpa = COUNT }

/* Between them they claim sections of all kinds. A host counts them by kind, and must grant none more than another. */
static const struct mode modes[] = {
	{ .name = "non-preemptable", .op = OP_SPIN, .address = AREA, .area = NON_PREEMPTABLE(LOCK) },
	{ .name = "blocking", .op = OP_SPIN, .address = AREA, .area = PREEMPTABLE(LOCK) },
	{ .name = "reader", .op = OP_SPIN, .address = AREA, .area = PREEMPTABLE(READER) },
	{ .name = "interrupt", .op = OP_SPIN, .address = AREA, .area = BY_COUNT, .preempt_count = COUNT_IN_HARDIRQ },
	{ .name = "preempt", .op = OP_SPIN, .address = AREA, .area = BY_COUNT, .preempt_count = COUNT_OF_ONE },
	{ .name = "rcu", .op = OP_SPIN, .address = AREA, .area = NON_PREEMPTABLE(RCU) },
	{ .name = "exits", .op = OP_EXIT, .address = AREA, .area = NON_PREEMPTABLE(READER) },
	{ .name = "toggle", .op = OP_TOGGLE, .address = AREA, .area = NON_PREEMPTABLE(RCU) },
	{ .name = "slot", .op = OP_SPIN, .address = EXTRA_ADDRESS, .area = NON_PREEMPTABLE(INTERRUPT),
	  .meddle = delete_in_grace },
	{ .name = "area", .op = OP_SPIN, .address = AREA, .area = NON_PREEMPTABLE(LOCK), .meddle = change_area },
};

static const struct mode *find_mode(const char *name)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		if (!strcmp(modes[i].name, name))
			return &modes[i];
	}
	return NULL;
}

/* Registers the area before the window begins. */
static void make_claim(struct vm *vm, const struct mode *mode)
{
	void *area = vm->memory + AREA;

	if (mode->address == EXTRA_ADDRESS) {
		area = vm->extra;
		add_extra_slot(vm);
	}
	memcpy(area, &mode->area, sizeof(mode->area));
	*(volatile uint32_t *)(vm->memory + COUNT) = mode->preempt_count;
	if (!write_msr(vm, mode->address | KVM_MSR_ECS_ENABLED)) {
		printf("unspin: failed ecs-vm: the area of %s was refused\n", mode->name);
		exit(1);
	}
}

static void pin_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
}

/* The alarm is for the thread that runs the VM. */
static void start_meddling(pthread_t *thread, struct vm *vm, const struct mode *mode, int cpu)
{
	pthread_attr_t attributes;
	cpu_set_t set;
	sigset_t alarm;

	CPU_ZERO(&set);
	for (int i = 0; i < sysconf(_SC_NPROCESSORS_ONLN); i++)
		CPU_SET(i, &set);
	CPU_CLR(cpu, &set);
	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &alarm, NULL);
	pthread_attr_init(&attributes);
	pthread_attr_setaffinity_np(&attributes, sizeof(set), &set);
	if (pthread_create(thread, &attributes, mode->meddle, vm))
		die("pthread_create");
	pthread_attr_destroy(&attributes);
	pthread_sigmask(SIG_UNBLOCK, &alarm, NULL);
}

static void alarm_at(uint64_t ns)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM };
	struct itimerspec at = { .it_value = timespec_of(ns) };
	timer_t timer;

	if (timer_create(CLOCK_MONOTONIC, &event, &timer) || timer_settime(timer, TIMER_ABSTIME, &at, NULL))
		die("timer");
}

/* The time a thread ran as schedstat has it is as old as the last tick; its clock is not. */
static void take_sample(struct vm *vm, struct sample *sample)
{
	unsigned long long run, wait, turns;
	FILE *file = fopen("/proc/thread-self/schedstat", "r");

	if (!file || fscanf(file, "%llu %llu %llu", &run, &wait, &turns) != 3)
		die("schedstat");
	fclose(file);
	sample->wait_ns = wait;
	sample->turns = turns;
	for (int i = 0; i < COUNTERS; i++)
		sample->counters[i] = read_counter(vm, i);
	sample->run_ns = now(CLOCK_THREAD_CPUTIME_ID);
}

/* The coarse clock moves with the tick. */
static uint64_t tick_us(void)
{
	struct timespec ts;

	clock_getres(CLOCK_MONOTONIC_COARSE, &ts);
	return ts.tv_nsec / 1000;
}

/* The turn that is under way when the window begins counts as well: its end may give an extra schedule. */
static void report(const char *phase, const char *mode, const char *role, const struct sample *a, const struct sample *b)
{
	char line[1024];
	int length = snprintf(line, sizeof(line), "unspin: ran %s %s %s", phase, mode, role);
	const struct {
		const char *name;
		uint64_t value;
	} measures[] = {
		{ "run_us", (b->run_ns - a->run_ns) / US },
		{ "wait_us", (b->wait_ns - a->wait_ns) / US },
		{ "turns", b->turns - a->turns + 1 },
		{ "tick_us", tick_us() },
		{ "changes", atomic_load(&changes) },
	};

	for (size_t i = 0; i < sizeof(measures) / sizeof(*measures); i++)
		length += snprintf(line + length, sizeof(line) - length, " %s %" PRIu64, measures[i].name, measures[i].value);
	for (int i = 0; i < COUNTERS; i++)
		length += snprintf(line + length, sizeof(line) - length, " %s %" PRIu64, counter_names[i],
				   b->counters[i] - a->counters[i]);
	puts(line);
}

/* `mode`: what the VM claims; NULL for the honest one. */
static void run_vm(struct vm *vm, const struct mode *mode, const struct window *window, struct sample *before,
		   struct sample *after)
{
	struct timespec start = timespec_of(window->start);
	pthread_t meddler = 0;

	pin_to(window->cpu);
	enter_vm(vm);
	if (mode)
		make_claim(vm, mode);
	if (mode && mode->meddle)
		start_meddling(&meddler, vm, mode, window->cpu);
	end_on_alarm(vm);
	alarm_at(window->end);
	if (now(CLOCK_MONOTONIC) >= window->start) {
		puts("unspin: failed ecs-vm: the VM was not ready in time");
		exit(1);
	}
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &start, NULL);
	take_sample(vm, before);
	command_vm(vm, mode ? mode->op : OP_SPIN, mode ? mode->address | KVM_MSR_ECS_ENABLED : 0);
	take_sample(vm, after);
	if (meddler)
		pthread_join(meddler, NULL);
}

int share_cpu(const char *phase, const char *name, unsigned int seconds, int cpu)
{
	const struct mode *mode = find_mode(name);
	uint64_t start = now(CLOCK_MONOTONIC) + NS_PER_S;
	struct window window = { .start = start, .end = start + seconds * NS_PER_S, .cpu = cpu };
	struct sample before, after;
	struct vm vm;
	pid_t child;
	int status;

	if (!mode) {
		printf("unspin: failed ecs-vm: there is no mode %s\n", name);
		return 2;
	}
	child = fork();
	if (child < 0)
		die("fork");
	create_vm(&vm);
	run_vm(&vm, child ? mode : NULL, &window, &before, &after);
	report(phase, name, child ? "greedy" : "honest", &before, &after);
	if (!child)
		return 0;
	if (waitpid(child, &status, 0) < 0)
		die("waitpid");
	return status ? 1 : 0;
}
