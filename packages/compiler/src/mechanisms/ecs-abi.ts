// SPDX-License-Identifier: MIT
import type { Mechanism } from '../mechanism.ts';
import type { Edit } from '../plan.ts';

const before = (site: string, template: string): Edit => ({ kind: 'insertBefore', site: `ecsAbi.${site}`, template: `ecs-abi/${template}` });
const after = (site: string, template: string): Edit => ({ kind: 'insertAfter', site: `ecsAbi.${site}`, template: `ecs-abi/${template}` });

const EDITS: readonly Edit[] = [
  { kind: 'addFile', path: 'Documentation/virt/kvm/x86/ecs.rst', template: 'ecs-abi/ecs.rst' },
  after('cpuid', 'cpuid.rst'),
  after('msrText', 'msr.rst'),
  after('index', 'index.rst'),
  after('feature', 'kvm-para-feature.h'),
  after('msr', 'kvm-para-msr.h'),
  before('area', 'kvm-para-area.h'),
  after('include', 'kvm-para-include.h'),
  after('assert', 'kvm-para-assert.h'),
];

/** What guest and host agree on for eCS (ATC 2018): feature bit, MSR, shared area, and its document. */
export const ecsAbi: Mechanism = {
  section: 'ecs',
  targets: ['kvm-host', 'kvm-guest'],
  needsOneOf: [],
  hooks: [],
  sites: () => EDITS.flatMap((edit) => (edit.kind === 'addFile' ? [] : [edit.site])),
  lower: () => [{ subject: 'KVM: x86: Define an interface for critical sections of guests', changelog: 'ecs-abi/abi.msg', edits: EDITS, data: {} }],
};
