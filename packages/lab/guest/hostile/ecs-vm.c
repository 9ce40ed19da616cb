// SPDX-License-Identifier: MIT
/*
 * A VM without an operating system that registers an eCS area, and lies about critical sections. What it finds is said
 * in lines that begin with "unspin: ".
 *
 * usage: ecs-vm PHASE msr                        what the host takes and refuses
 *        ecs-vm PHASE share MODE SECONDS CPU     a VM that claims sections as MODE says, against one that never does
 *
 * PHASE only goes into the lines.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm.h"

int main(int argc, char **argv)
{
	/* Two processes write to one console: whole lines do not mix. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 3 && !strcmp(argv[2], "msr"))
		return test_msr(argv[1]);
	if (argc == 6 && !strcmp(argv[2], "share"))
		return share_cpu(argv[1], argv[3], atoi(argv[4]), atoi(argv[5]));
	fprintf(stderr, "usage: %s PHASE msr | PHASE share MODE SECONDS CPU\n", argv[0]);
	return 2;
}
