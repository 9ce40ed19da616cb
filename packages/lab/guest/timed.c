// SPDX-License-Identifier: MIT
/*
 * Runs a program to its end and says how many seconds it took, by the guest's clock. What the program says goes to stderr.
 *
 * usage: timed PROGRAM [ARGUMENT]...
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "report.h"

int main(int argc, char **argv)
{
	uint64_t start = now_ns();
	int status;
	pid_t pid;

	if (argc < 2)
		return 2;
	pid = fork();
	if (!pid) {
		dup2(2, 1);
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return 1;
	printf("report seconds %.6f\n", (double)(now_ns() - start) / NS_PER_S);
	return status ? 1 : 0;
}
