// SPDX-License-Identifier: MIT
import type { Clock } from '@unspin/experiment';

/**
 * How many CPUs the host has beyond those that vCPUs run on. On threads one, its first.
 *
 * QEMU's cpu_set_fpus(), which each FXRSTOR and XRSTOR of any CPU runs, clears a bit in a word of the first CPU's state without a lock
 * (cpu_clear_ignne(); seen in 10.0.2). The same word, hflags2, says whether that CPU takes interrupts and walks nested page tables, and
 * VMRUN and #VMEXIT change it: one of them may be undone in part, and a guest or the host is lost. No vCPU runs on the first CPU, so
 * nothing of it can be undone there. In virtual time all CPUs share one thread.
 */
export const spareCpus = (clock: Clock): number => (clock === 'threads' ? 1 : 0);

/** What starts a program on the CPUs that vCPUs run on. */
export const onPCpus = (clock: Clock, pCpus: number): readonly string[] => (spareCpus(clock) === 0 ? [] : ['/bin/busybox', 'taskset', '-c', `${spareCpus(clock)}-${pCpus}`]);
