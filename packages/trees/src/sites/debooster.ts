// SPDX-License-Identifier: MIT
import type { SiteSpec } from '../facts.ts';

const site = (id: string, file: string, within: string | null, lines: readonly string[]): SiteSpec => ({
  id: `debooster.${id}`,
  files: [file],
  within,
  anchors: [{ variant: 'default', lines }],
});

export const deboosterSites: readonly SiteSpec[] = [
  /** Behind the last of the scheduler's own choices in the general setup menu. */
  site('kconfig', 'init/Kconfig', null, [
    '\t  desktop applications.  Task group autogeneration is currently based',
    '\t  upon task session.',
  ]),
  /** The list is alphabetical, after its own fashion: `sched_*` goes before `schedstats`. */
  site('kernelParameters', 'Documentation/admin-guide/kernel-parameters.txt', null, [
    '\tschedstats=\t[KNL,X86] Enable or disable scheduled statistics.',
  ]),
  site('schedHeader', 'kernel/sched/sched.h', null, ['extern void init_sched_fair_class(void);']),
  site('yieldToDefinition', 'kernel/sched/fair.c', null, [
    'static bool yield_to_task_fair(struct rq *rq, struct task_struct *p)',
  ]),
  /** After it the yielder's own level is up to date and the hint for the target is set. */
  site('yieldTo', 'kernel/sched/fair.c', 'yield_to_task_fair', ['\tyield_task_fair(rq);']),
  site('debugfsRoot', 'kernel/sched/debug.c', null, ['static struct dentry *debugfs_sched;']),
  site('debugfsInit', 'kernel/sched/debug.c', 'sched_init_debug', [
    '\tdebugfs_create_file("debug", 0444, debugfs_sched, NULL, &sched_debug_fops);',
  ]),
  /** The end of the document. */
  site('debugfsDocument', 'Documentation/scheduler/sched-debug.rst', null, [
    '``scan_size_mb`` is how many megabytes worth of pages are scanned for',
    'a given scan.',
  ]),
];
