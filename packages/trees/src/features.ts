// SPDX-License-Identifier: MIT
import type { FeatureSpec } from './facts.ts';

/** Every feature the compiler may ask a tree for. Probes read sources; none compares versions. */
export const FEATURES: readonly FeatureSpec[] = [
  { name: 'sched.eevdf', files: ['kernel/sched/fair.c'], pattern: /\bentity_eligible\(/ },
  { name: 'sched.cfsBuddies', files: ['kernel/sched/fair.c'], pattern: /\bset_skip_buddy\(/ },
  { name: 'sched.donor', files: ['kernel/sched/sched.h'], pattern: /\bstruct task_struct\s+(__rcu\s+)?\*donor;/ },
  { name: 'sched.sliceProtection', files: ['kernel/sched/fair.c'], pattern: /\bcancel_protect_slice\(/ },
];
