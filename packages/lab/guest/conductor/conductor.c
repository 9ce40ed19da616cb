// SPDX-License-Identifier: MIT
/*
 * Runs the guests of one cell in the host (L1), and says what it saw in lines that begin with "unspin: ".
 *
 * Guests are started one after the other, each when the one before waits for its go: nobody competes for pCPUs while
 * booting. Then, in this order: times of the vCPUs, counters of the VMs, counters of the host, as "before"; a go for
 * each guest as planned. A measured guest says "done" when its load is done, keeps on running it unmeasured, and says
 * what it measured. When all of them are done come vCPUs, VMs and host again, as "after". Nothing is printed between
 * the two but a word every second, since printing is work for the pCPUs that are being measured.
 *
 * It has the least nice value there is and sleeps on an absolute timer, so that windows have nearly equal lengths however
 * busy the pCPUs are. With a real-time priority they would be equal, but each sample would then preempt a vCPU for good,
 * whatever critical section it is in, and mechanisms are judged by such preemptions. vCPU threads are neither pinned
 * to a pCPU nor put in cgroups: what is measured is how the scheduler and KVM share pCPUs between threads, and VMs of a scenario have
 * equal numbers of vCPUs unless it says otherwise.
 *
 * usage: conductor PLAN
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "conductor.h"

/* A line of a guest's report is there within that time. */
#define LINE_NS	(NS_PER_S / 100)

static struct plan plan;
static struct counters host_before, host_after;

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static void sleep_until(uint64_t ns)
{
	struct timespec ts = { ns / NS_PER_S, ns % NS_PER_S };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

static int start(struct vm *vm)
{
	int in[2], out[2];

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		return -1;
	vm->pid = fork();
	if (vm->pid < 0)
		return -1;
	if (!vm->pid) {
		setpriority(PRIO_PROCESS, 0, 0);
		dup2(in[0], 0);
		dup2(out[1], 1);
		dup2(out[1], 2);
		execvp(vm->argv[0], vm->argv);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	vm->in = in[1];
	vm->out = out[0];
	fcntl(vm->out, F_SETFL, O_NONBLOCK);
	vm->pidfd = syscall(SYS_pidfd_open, vm->pid, 0);
	return vm->pidfd < 0 ? -1 : 0;
}

/* Takes in what a guest has said, and notes what of it matters to the course of things. */
static void listen_to(struct vm *vm)
{
	char bytes[4096], *end;
	ssize_t length;

	while ((length = read(vm->out, bytes, sizeof(bytes))) > 0)
		append(&vm->said, bytes, length);
	while (vm->said.length && (end = strchr(vm->said.bytes + vm->scanned, '\n'))) {
		const char *line = vm->said.bytes + vm->scanned;

		if (!strncmp(line, "unspin: guest ready", 19)) {
			vm->ready = true;
		} else if (!strncmp(line, "unspin: guest done", 18)) {
			vm->done = true;
			vm->done_at = now();
		} else if (!strncmp(line, "unspin: guest end", 17)) {
			vm->ended = true;
		} else if (!strncmp(line, "unspin: guest failed", 20)) {
			vm->gone = true;
			fail("guest %s: %.*s", vm->name, (int)(strcspn(line, "\r\n") - 14), line + 14);
		}
		vm->scanned = end + 1 - vm->said.bytes;
	}
}

/* Waits until a guest says something or is gone, or for the time `until`. */
static void wait_for_guests(uint64_t until)
{
	struct pollfd fds[2 * MAX_VMS];
	uint64_t at = now();
	uint64_t left = until > at ? until - at : 0;
	struct timespec timeout = { left / NS_PER_S, left % NS_PER_S };

	for (int i = 0; i < plan.vm_count; i++) {
		fds[2 * i] = (struct pollfd){ plan.vms[i].gone ? -1 : plan.vms[i].out, POLLIN, 0 };
		fds[2 * i + 1] = (struct pollfd){ plan.vms[i].gone ? -1 : plan.vms[i].pidfd, POLLIN, 0 };
	}
	if (ppoll(fds, 2 * plan.vm_count, &timeout, NULL) <= 0)
		return;
	for (int i = 0; i < plan.vm_count; i++) {
		struct vm *vm = &plan.vms[i];

		if (fds[2 * i].revents)
			listen_to(vm);
		if (!vm->gone && fds[2 * i + 1].revents) {
			int status = 0;

			waitpid(vm->pid, &status, 0);
			listen_to(vm);
			vm->gone = true;
			fail("guest %s is gone, QEMU ended with %d", vm->name, WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
		}
	}
}

static void boot_guests(void)
{
	for (int i = 0; i < plan.vm_count && !failed; i++) {
		struct vm *vm = &plan.vms[i];
		uint64_t until = now() + plan.ready_ns;

		if (start(vm)) {
			fail("guest %s cannot be started: %s", vm->name, strerror(errno));
			return;
		}
		while (!vm->ready && !failed && now() < until)
			wait_for_guests(until);
		if (failed)
			return;
		if (!vm->ready) {
			fail("guest %s is not up after %llu s", vm->name, (unsigned long long)(plan.ready_ns / NS_PER_S));
			return;
		}
		if (find_vcpus(vm))
			fail("guest %s: no vCPU threads found", vm->name);
		/* With the lab's patches PAUSE has not exited so far. */
		if (set_pause_exits(vm, vm->pause_exits) && !vm->pause_exits)
			fail("guest %s: this host cannot be kept from seeing PAUSE loops", vm->name);
		printf("unspin: ready %s cpus %d\n", vm->name, vm->vcpus);
		fflush(stdout);
	}
}

static bool all_measured(bool ended)
{
	for (int i = 0; i < plan.vm_count; i++)
		if (plan.vms[i].measured && !(ended ? plan.vms[i].ended : plan.vms[i].done))
			return false;
	return true;
}

static void snapshot(bool after)
{
	for (int i = 0; i < plan.vm_count; i++)
		snapshot_vcpus(&plan.vms[i], after ? plan.vms[i].after : plan.vms[i].before);
	for (int i = 0; i < plan.vm_count; i++)
		snapshot_vm(&plan.vms[i], after ? &plan.vms[i].kvm_after : &plan.vms[i].kvm_before);
	snapshot_host(after ? &host_after : &host_before);
}

static void close_window(void)
{
	char ns[24];

	for (int i = 0; i < plan.vm_count; i++) {
		struct vm *vm = &plan.vms[i];
		uint64_t run = sample_run(vm);

		append(&vm->timeline, ns, snprintf(ns, sizeof(ns), " %llu", (unsigned long long)(run - vm->last_run)));
		vm->last_run = run;
	}
}

static void run_load(uint64_t *started)
{
	uint64_t until, window;
	unsigned int windows = 0;

	snapshot(false);
	for (int i = 0; i < plan.go_count; i++) {
		sleep_until(now() + plan.go[i].after_ns);
		if (write(plan.go[i].vm->in, "go\n", 3) != 3)
			fail("guest %s: cannot send its go", plan.go[i].vm->name);
	}
	*started = now();
	until = *started + plan.load_ns;
	window = *started + plan.window_ns;
	for (int i = 0; i < plan.vm_count; i++)
		plan.vms[i].last_run = sample_run(&plan.vms[i]);
	while (!failed && !all_measured(false) && now() < until) {
		wait_for_guests(window);
		/* QEMU writes a byte at a time, and to be woken for each preempts vCPUs each time. */
		if (now() + LINE_NS < window) {
			sleep_until(now() + LINE_NS);
			continue;
		}
		sleep_until(window);
		close_window();
		window += plan.window_ns;
		if (++windows * plan.window_ns % NS_PER_S < plan.window_ns) {
			printf("unspin: running %u s\n", (unsigned int)(windows * plan.window_ns / NS_PER_S));
			fflush(stdout);
		}
	}
	snapshot(true);
	if (!failed && !all_measured(false))
		fail("load is not done after %llu s", (unsigned long long)(plan.load_ns / NS_PER_S));
	while (!failed && !all_measured(true) && now() < until)
		wait_for_guests(until);
	if (!failed && !all_measured(true))
		fail("guests have not reported after %llu s", (unsigned long long)(plan.load_ns / NS_PER_S));
}

int main(int argc, char **argv)
{
	uint64_t started = 0;

	if (argc != 2 || read_plan(argv[1], &plan))
		return 1;
	if (setpriority(PRIO_PROCESS, 0, -20))
		fail("no higher priority: %s", strerror(errno));
	boot_guests();
	if (!failed)
		run_load(&started);
	for (int i = 0; i < plan.vm_count; i++)
		if (plan.vms[i].pid > 0)
			kill(plan.vms[i].pid, SIGKILL);
	report(&plan, started, &host_before, &host_after);
	return failed;
}
