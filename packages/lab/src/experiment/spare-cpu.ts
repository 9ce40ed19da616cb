// SPDX-License-Identifier: MIT
import type { Clock } from '@unspin/experiment';

/**
 * How many CPUs the host has beyond those that vCPUs run on. On threads one, its first.
 *
 * QEMU's cpu_set_fpus(), which FXRSTOR, and XRSTOR of x87 state, run on any CPU, clears a bit in a word of the first CPU's state without a lock
 * unless an x87 exception is pending (cpu_clear_ignne(), read in 10.0.2). The same word, hflags2, says whether that CPU takes interrupts and
 * walks nested page tables, and VMRUN and #VMEXIT change it: one of them may be undone in part, which is what lost guests look like. No vCPU
 * runs on the first CPU, so there is nothing to undo. In virtual time all CPUs share one thread.
 */
export const spareCpus = (clock: Clock): number => (clock === 'threads' ? 1 : 0);

/** What starts a program on the CPUs that vCPUs run on. */
export const onPCpus = (clock: Clock, pCpus: number): readonly string[] => (spareCpus(clock) === 0 ? [] : ['/bin/busybox', 'taskset', '-c', `${spareCpus(clock)}-${pCpus}`]);
