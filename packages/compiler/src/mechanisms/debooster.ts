// SPDX-License-Identifier: MIT
import type { Mechanism } from '../mechanism.ts';
import type { PlannedPatch } from '../plan.ts';

const SITES = ['kconfig', 'kernelParameters', 'schedHeader', 'yieldToDefinition', 'yieldTo', 'debugfsRoot', 'debugfsInit', 'debugfsDocument'];

/** A directed yield costs the vCPU that yields what it takes for the target to be picked (Debooster, VEE 2021). */
export const debooster: Mechanism = {
  section: 'debooster',
  targets: ['kvm-host'],
  needsOneOf: ['sched.cfsBuddies', 'sched.zeroVruntime'],
  hooks: ['debooster.yieldTo'],
  sites: () => SITES.map((name) => `debooster.${name}`),
  lower(policy, tree): readonly PlannedPatch[] {
    const { debooster: section } = policy;
    if (section === undefined) return [];
    const cfs = tree.has('sched.cfsBuddies');
    const data = {
      ...section,
      policy: policy.name,
      cfs,
      eevdf: !cfs,
      pickFeature: tree.has('sched.pickBuddy') ? 'PICK_BUDDY' : 'NEXT_BUDDY',
      sumWeight: tree.has('sched.sumWeight'),
      sliceProtection: tree.has('sched.sliceProtection'),
      batchKeepsClock: tree.has('sched.batchYieldKeepsClock'),
      proxyExec: tree.has('sched.proxyExec'),
    };
    return [
      {
        subject: 'sched/fair: Charge a directed yield where it meets its target',
        changelog: 'debooster/charge.msg',
        edits: [
          { kind: 'insertBefore', site: 'debooster.kernelParameters', template: 'debooster/kernel-parameters.txt' },
          { kind: 'insertAfter', site: 'debooster.kconfig', template: 'debooster/Kconfig' },
          { kind: 'insertAfter', site: 'debooster.schedHeader', template: 'debooster/sched.h' },
          { kind: 'insertBefore', site: 'debooster.yieldToDefinition', template: 'debooster/fair-state.c' },
          { kind: 'insertBefore', site: 'debooster.yieldToDefinition', template: cfs ? 'debooster/fair-cfs.c' : 'debooster/fair-eevdf.c' },
          { kind: 'insertBefore', site: 'debooster.yieldToDefinition', template: 'debooster/fair-yield.c' },
          { kind: 'insertAfter', site: 'debooster.yieldTo', template: 'debooster/fair-call.c' },
        ],
        data,
      },
      {
        subject: 'sched/debug: Expose what became of directed yields',
        changelog: 'debooster/debug.msg',
        edits: [
          { kind: 'insertAfter', site: 'debooster.debugfsDocument', template: 'debooster/sched-debug.rst' },
          { kind: 'insertBefore', site: 'debooster.debugfsRoot', template: 'debooster/debug.c' },
          { kind: 'insertBefore', site: 'debooster.debugfsInit', template: 'debooster/debug-call.c' },
        ],
        data,
      },
    ];
  },
};
