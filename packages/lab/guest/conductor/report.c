// SPDX-License-Identifier: MIT
/* What the conductor prints. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conductor.h"

bool failed;
/* Lines of results, counted so that a console cut short is told from a whole one. */
static unsigned int results;

__attribute__((format(printf, 1, 2))) static void result(const char *format, ...)
{
	va_list args;

	fputs("unspin: ", stdout);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	results++;
}

void fail(const char *format, ...)
{
	va_list args;

	fputs("unspin: failed ", stdout);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	failed = true;
}

void append(struct text *text, const char *bytes, size_t length)
{
	if (text->length + length + 1 > text->room) {
		text->room = 2 * (text->length + length + 1);
		text->bytes = realloc(text->bytes, text->room);
		if (!text->bytes)
			abort();
	}
	memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
	text->bytes[text->length] = 0;
}

/* A counter that is not there at first starts at 0: KVM makes some with the first use of what they count. */
static void print_growth(const char *scope, const struct counters *before, const struct counters *after)
{
	for (int i = 0; i < after->count; i++) {
		long long from = 0;

		for (int j = 0; j < before->count; j++)
			if (!strcmp(before->at[j].name, after->at[i].name))
				from = before->at[j].value;
		result("counter %s %s %lld %lld", scope, after->at[i].name, from, after->at[i].value);
	}
}

static void print_results(struct plan *plan, uint64_t started, const struct counters *before, const struct counters *after)
{
	uint64_t last = started;

	for (int i = 0; i < plan->vm_count; i++)
		if (plan->vms[i].measured && plan->vms[i].done_at > last)
			last = plan->vms[i].done_at;
	result("load %llu", (unsigned long long)(last - started));
	print_growth("host", before, after);
	for (int i = 0; i < plan->vm_count; i++) {
		struct vm *vm = &plan->vms[i];
		char scope[64];

		for (int n = 0; n < vm->vcpus; n++)
			result("vcpu %s %d %llu %llu %llu %llu", vm->name, n,
			       (unsigned long long)vm->before[n].run, (unsigned long long)vm->after[n].run,
			       (unsigned long long)vm->before[n].wait, (unsigned long long)vm->after[n].wait);
		snprintf(scope, sizeof(scope), "vm %s", vm->name);
		print_growth(scope, &vm->kvm_before, &vm->kvm_after);
		result("timeline %s %llu%s", vm->name, (unsigned long long)plan->window_ns, vm->timeline.length ? vm->timeline.bytes : "");
	}
}

/* What guests said, each line with its guest's name; their reports are results too. */
static void print_guests(struct plan *plan)
{
	for (int i = 0; i < plan->vm_count; i++) {
		struct vm *vm = &plan->vms[i];
		char *at = vm->said.bytes;

		for (char *line = at ? strsep(&at, "\n") : NULL; line; line = strsep(&at, "\n")) {
			line[strcspn(line, "\r")] = 0;
			if (!*line && !at)
				continue;
			printf("%s| %s\n", vm->name, line);
			if (vm->measured && !strncmp(line, "unspin: report ", 15))
				result("report %s %s", vm->name, line + 15);
			if (vm->measured && !strncmp(line, "unspin: latency ", 16))
				result("latency %s %s", vm->name, line + 16);
		}
	}
}

void report(struct plan *plan, uint64_t started, const struct counters *before, const struct counters *after)
{
	if (!failed)
		print_results(plan, started, before, after);
	print_guests(plan);
	if (!failed)
		printf("unspin: end %u\n", results);
	fflush(stdout);
}
