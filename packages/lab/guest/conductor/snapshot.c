// SPDX-License-Identifier: MIT
/* Reads what the host's kernel knows: times of vCPU threads, KVM's counters of each VM, counters of the scheduler and mechanisms. */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conductor.h"

#define DEBUGFS "/sys/kernel/debug"
#define PARAMETERS "/sys/module/%s/parameters/lab_%s"

/* Files of "name value" lines, and what their counters are called. */
static const struct {
	const char *prefix, *path;
} stats_files[] = {
	{ "deboost", DEBUGFS "/sched/yield_deboost/stats" },
	{ "ecs", DEBUGFS "/sched/ecs/stats" },
};

/* Read-only parameters with one number, or a list of them, one for each power of two. */
static const struct {
	const char *module, *name;
} lab_parameters[] = {
	{ "kvm_amd", "pause_exits" },
	{ "kvm_amd", "pause_loops" },
	{ "kvm_amd", "pause_runs" },
	{ "kvm", "yields_tried" },
	{ "kvm", "yields_successful" },
};

static ssize_t read_file(const char *path, char *buffer, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, buffer, size - 1);

	if (fd >= 0)
		close(fd);
	buffer[length > 0 ? length : 0] = 0;
	return length;
}

static void add(struct counters *counters, const char *prefix, const char *name, long long value)
{
	struct counter *counter = &counters->at[counters->count];

	if (counters->count == MAX_COUNTERS) {
		/* Once: many more may follow. */
		if (!failed)
			fail("no room for counter %s, there are more than %d", name, MAX_COUNTERS);
		return;
	}
	snprintf(counter->name, sizeof(counter->name), "%s%s%.*s", prefix, *prefix ? "." : "", 48, name);
	counter->value = value;
	counters->count++;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct counter *)a)->name, ((const struct counter *)b)->name);
}

/* Finds the threads "CPU n/KVM" of a QEMU and keeps their schedstat files open. */
int find_vcpus(struct vm *vm)
{
	char path[64], comm[32];
	struct dirent *entry;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", vm->pid);
	tasks = opendir(path);
	if (!tasks)
		return -1;
	vm->vcpus = 0;
	while ((entry = readdir(tasks))) {
		int number;

		if (!isdigit((unsigned char)*entry->d_name))
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%d/comm", vm->pid, atoi(entry->d_name));
		read_file(path, comm, sizeof(comm));
		if (sscanf(comm, "CPU %d/KVM", &number) != 1 || number < 0 || number >= MAX_VCPUS)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%d/schedstat", vm->pid, atoi(entry->d_name));
		vm->schedstat[number] = open(path, O_RDONLY | O_CLOEXEC);
		if (vm->schedstat[number] >= 0)
			vm->vcpus++;
	}
	closedir(tasks);
	return vm->vcpus ? 0 : -1;
}

/* The kernel books a running thread's time at its ticks: a vCPU on another pCPU may be one tick behind. */
static struct vcpu_times read_times(int fd)
{
	char buffer[96];
	struct vcpu_times times = { 0 };
	ssize_t length = pread(fd, buffer, sizeof(buffer) - 1, 0);
	unsigned long long run, wait;

	buffer[length > 0 ? length : 0] = 0;
	if (sscanf(buffer, "%llu %llu", &run, &wait) == 2)
		times = (struct vcpu_times){ run, wait };
	return times;
}

uint64_t sample_run(struct vm *vm)
{
	uint64_t sum = 0;

	for (int i = 0; i < vm->vcpus; i++)
		sum += read_times(vm->schedstat[i]).run;
	return sum;
}

void snapshot_vcpus(struct vm *vm, struct vcpu_times *times)
{
	for (int i = 0; i < vm->vcpus; i++)
		times[i] = read_times(vm->schedstat[i]);
}

/* KVM's folder of a VM is called <pid>-<fd>. */
static int vm_folder(const struct vm *vm, char *path, size_t size)
{
	DIR *kvm = opendir(DEBUGFS "/kvm");
	struct dirent *entry;
	char prefix[16];
	int found = -1;

	if (!kvm)
		return -1;
	snprintf(prefix, sizeof(prefix), "%d-", vm->pid);
	while (found && (entry = readdir(kvm)))
		if (!strncmp(entry->d_name, prefix, strlen(prefix))) {
			snprintf(path, size, DEBUGFS "/kvm/%s", entry->d_name);
			found = 0;
		}
	closedir(kvm);
	return found;
}

/* Whether KVM sees PAUSE loops of this VM from now on; only the lab's patched host has the file. */
int set_pause_exits(const struct vm *vm, bool on)
{
	char folder[300], path[340];
	int fd, written;

	if (vm_folder(vm, folder, sizeof(folder)))
		return -1;
	snprintf(path, sizeof(path), "%s/lab_pause_mode", folder);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	written = write(fd, on ? "0" : "1", 1);
	close(fd);
	return written == 1 ? 0 : -1;
}

/* A file of "name value" lines. */
static void add_lines(struct counters *counters, const char *prefix, const char *path)
{
	char buffer[4096], name[48];

	if (read_file(path, buffer, sizeof(buffer)) <= 0)
		return;
	for (char *line = strtok(buffer, "\n"); line; line = strtok(NULL, "\n")) {
		long long value;

		if (sscanf(line, "%47s %lld", name, &value) == 2)
			add(counters, prefix, name, value);
	}
}

void snapshot_vm(const struct vm *vm, struct counters *counters)
{
	char folder[300], path[600], buffer[64];
	struct dirent *entry;
	DIR *files;

	counters->count = 0;
	if (vm_folder(vm, folder, sizeof(folder)))
		return;
	files = opendir(folder);
	if (!files)
		return;
	while ((entry = readdir(files))) {
		char *end;
		long long value;

		if (entry->d_type != DT_REG || !strcmp(entry->d_name, "mmu_rmaps_stat"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (!strcmp(entry->d_name, "lab_stats")) {
			add_lines(counters, "lab", path);
			continue;
		}
		if (read_file(path, buffer, sizeof(buffer)) <= 0)
			continue;
		value = strtoll(buffer, &end, 0);
		if (end != buffer && (*end == '\n' || !*end))
			add(counters, "", entry->d_name, value);
	}
	closedir(files);
	qsort(counters->at, counters->count, sizeof(*counters->at), by_name);
}

/* The scheduler counts yields that another thread gained by, also on hosts without the lab's patches; in this one nobody but vCPUs yields. */
static void add_yields(struct counters *counters)
{
	static char buffer[16384];
	long long yields = 0;
	char *line;

	if (read_file("/proc/schedstat", buffer, sizeof(buffer)) <= 0)
		return;
	for (line = strtok(buffer, "\n"); line; line = strtok(NULL, "\n")) {
		long long count;

		if (sscanf(line, "cpu%*d %lld", &count) == 1)
			yields += count;
	}
	add(counters, "sched", "yields", yields);
}

static void add_lab_parameter(struct counters *counters, const char *module, const char *name)
{
	char path[128], buffer[1024], each[64];
	long long values[64];
	int count = 0, used;

	snprintf(path, sizeof(path), PARAMETERS, module, name);
	if (read_file(path, buffer, sizeof(buffer)) <= 0)
		return;
	for (char *at = buffer; count < 64 && sscanf(at, "%lld%n", &values[count], &used) == 1; at += used)
		count++;
	if (count == 1)
		add(counters, "lab", name, values[0]);
	for (int i = 0; count > 1 && i < count; i++) {
		snprintf(each, sizeof(each), "%s.%d", name, i);
		add(counters, "lab", each, values[i]);
	}
}

void snapshot_host(struct counters *counters)
{
	counters->count = 0;
	add_yields(counters);
	for (size_t i = 0; i < sizeof(stats_files) / sizeof(*stats_files); i++)
		add_lines(counters, stats_files[i].prefix, stats_files[i].path);
	for (size_t i = 0; i < sizeof(lab_parameters) / sizeof(*lab_parameters); i++)
		add_lab_parameter(counters, lab_parameters[i].module, lab_parameters[i].name);
}
