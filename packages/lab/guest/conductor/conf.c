// SPDX-License-Identifier: MIT
/*
 * The plan of one cell, a word and its values on each line:
 *
 *   window NS | ready NS | load NS     length of a window; limits for booting one guest and for the load
 *   vm NAME measured|co-runner pause-exits|no-pause-exits
 *   arg TEXT                           one argument of the last vm's QEMU, the program first
 *   go NAME NS                         starts a guest's load so long after the one before
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conductor.h"

static struct vm *find_vm(struct plan *plan, const char *name)
{
	for (int i = 0; i < plan->vm_count; i++)
		if (!strcmp(plan->vms[i].name, name))
			return &plan->vms[i];
	return NULL;
}

static int add_vm(struct plan *plan, char *rest)
{
	struct vm *vm = &plan->vms[plan->vm_count];
	char *name = strtok(rest, " "), *kind = strtok(NULL, " "), *exits = strtok(NULL, " ");

	if (!name || !kind || !exits || plan->vm_count == MAX_VMS)
		return -1;
	vm->name = strdup(name);
	vm->measured = !strcmp(kind, "measured");
	vm->pause_exits = !strcmp(exits, "pause-exits");
	vm->in = vm->out = vm->pidfd = -1;
	plan->vm_count++;
	return vm->name ? 0 : -1;
}

static int add_go(struct plan *plan, char *rest)
{
	char *name = strtok(rest, " "), *ns = strtok(NULL, " ");
	struct vm *vm = name ? find_vm(plan, name) : NULL;

	if (!vm || !ns || plan->go_count == MAX_VMS)
		return -1;
	plan->go[plan->go_count++] = (struct go){ vm, strtoull(ns, NULL, 10) };
	return 0;
}

static int add_arg(struct plan *plan, const char *rest)
{
	struct vm *vm;

	if (!plan->vm_count)
		return -1;
	vm = &plan->vms[plan->vm_count - 1];
	if (vm->args == MAX_ARGS)
		return -1;
	vm->argv[vm->args] = strdup(rest);
	return vm->argv[vm->args++] ? 0 : -1;
}

static int take(struct plan *plan, const char *word, char *rest)
{
	if (!strcmp(word, "vm"))
		return add_vm(plan, rest);
	if (!strcmp(word, "arg"))
		return add_arg(plan, rest);
	if (!strcmp(word, "go"))
		return add_go(plan, rest);
	if (!strcmp(word, "window"))
		plan->window_ns = strtoull(rest, NULL, 10);
	else if (!strcmp(word, "ready"))
		plan->ready_ns = strtoull(rest, NULL, 10);
	else if (!strcmp(word, "load"))
		plan->load_ns = strtoull(rest, NULL, 10);
	else
		return -1;
	return 0;
}

int read_plan(const char *path, struct plan *plan)
{
	char line[4096];
	FILE *file = fopen(path, "r");

	if (!file) {
		printf("unspin: failed cannot open %s\n", path);
		return -1;
	}
	while (fgets(line, sizeof(line), file)) {
		char *rest = strchr(line, ' ');

		line[strcspn(line, "\n")] = 0;
		if (!*line)
			continue;
		if (rest)
			*rest++ = 0;
		if (!rest || take(plan, line, rest)) {
			printf("unspin: failed cannot read %s: %s\n", path, line);
			fclose(file);
			return -1;
		}
	}
	fclose(file);
	if (!plan->vm_count || !plan->window_ns || !plan->ready_ns || !plan->load_ns || plan->go_count != plan->vm_count) {
		printf("unspin: failed %s is not complete\n", path);
		return -1;
	}
	return 0;
}
