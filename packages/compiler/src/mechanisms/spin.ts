// SPDX-License-Identifier: MIT
import type { Policy } from '@unspin/policy';
import type { BoundTree, Mechanism } from '../mechanism.ts';
import type { Edit, PlannedPatch } from '../plan.ts';

type Operation = 'insertBefore' | 'insertAfter' | 'replace';
type Spin = NonNullable<Policy['spin']>;

const at = (kind: Operation, site: string, template: string): Edit => ({ kind, site: `spin.${site}`, template: `spin/${template}` });
const before = (site: string, template: string): Edit => at('insertBefore', site, template);
const after = (site: string, template: string): Edit => at('insertAfter', site, template);
const replace = (site: string, template: string): Edit => at('replace', site, template);

const PV_LOCK: readonly Edit[] = [
  before('pvLockKconfig', 'pv-lock-Kconfig'),
  after('pvLockParameters', 'pv-lock-kernel-parameters.txt'),
  replace('pvLockThreshold', 'pv-lock-spinlock.h'),
  after('pvLockIncludes', 'pv-lock-includes.c'),
  before('pvLockParameter', 'pv-lock-param.c'),
];

const PLE: readonly Edit[] = [
  before('kvmKconfig', 'ple-Kconfig'),
  before('pleDefaults', 'ple-x86-head.h'),
  after('pleDefaults', 'ple-x86-tail.h'),
  replace('pleSvmGap', 'ple-svm.c'),
];

const HALT_POLL: readonly Edit[] = [
  before('kvmKconfig', 'halt-poll-Kconfig'),
  before('haltPollDefault', 'halt-poll-host-head.h'),
  after('haltPollDefault', 'halt-poll-host-tail.h'),
  before('haltPollFallback', 'halt-poll-fallback.c'),
  replace('haltPollGrow', 'halt-poll-grow.c'),
  replace('haltPollGrowStart', 'halt-poll-grow-start.c'),
  replace('haltPollShrink', 'halt-poll-shrink.c'),
];

const sitesOf = (edits: readonly Edit[]): readonly string[] => [...new Set(edits.flatMap((edit) => (edit.kind === 'addFile' ? [] : [edit.site])))];

/** How long to spin before giving up: the policy's values become defaults that boot and module parameters override. */
export const spin: Mechanism = {
  section: 'spin',
  targets: ['kvm-host', 'kvm-guest', 'tdx-guest'],
  needsOneOf: [],
  hooks: [],
  sites(policy) {
    const { pvLock, ple, haltPoll } = policy.spin ?? {};
    return sitesOf([...(pvLock === undefined ? [] : PV_LOCK), ...(ple === undefined ? [] : PLE), ...(haltPoll === undefined ? [] : HALT_POLL)]);
  },
  lower(policy, tree) {
    const { pvLock, ple, haltPoll } = policy.spin ?? {};
    return [
      ...(pvLock === undefined ? [] : [lowerPvLock(pvLock, tree)]),
      ...(ple === undefined ? [] : [lowerPle(ple, tree)]),
      ...(haltPoll === undefined ? [] : [lowerHaltPoll(haltPoll, tree)]),
    ];
  },
};

function lowerPvLock(pvLock: NonNullable<Spin['pvLock']>, tree: BoundTree): PlannedPatch {
  return {
    subject: 'x86/paravirt: Make the spin threshold of locks a boot parameter',
    changelog: 'spin/pv-lock.msg',
    edits: PV_LOCK,
    data: { ...pvLock, earlyTag: tree.has('docs.earlyParameters') },
  };
}

function lowerPle(ple: NonNullable<Spin['ple']>, tree: BoundTree): PlannedPatch {
  return {
    subject: 'KVM: x86: Add alternative defaults for PAUSE-loop detection',
    changelog: 'spin/ple.msg',
    edits: PLE,
    data: { ...ple, kvmSymbol: kvmSymbol(tree), roAfterInit: tree.site('spin.pleSvmGap').variant === 'annotated' },
  };
}

function lowerHaltPoll(haltPoll: NonNullable<Spin['haltPoll']>, tree: BoundTree): PlannedPatch {
  return {
    subject: 'KVM: Add alternative defaults for halt polling on x86',
    changelog: 'spin/halt-poll.msg',
    edits: HALT_POLL,
    data: {
      ...haltPoll,
      kvmSymbol: kvmSymbol(tree),
      readMostly: tree.site('spin.haltPollGrow').variant === 'annotated',
      mainlineShrink: tree.site('spin.haltPollShrink').variant === 'resets' ? 0 : 2,
    },
  };
}

const kvmSymbol = (tree: BoundTree): string => (tree.has('kvm.x86Symbol') ? 'KVM_X86' : 'KVM');
