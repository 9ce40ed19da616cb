// SPDX-License-Identifier: MIT
import type { BoundTree, Mechanism } from '../mechanism.ts';
import type { Edit, PlannedPatch, TemplateData } from '../plan.ts';

type Operation = 'insertBefore' | 'insertAfter' | 'replace';

const at = (kind: Operation, site: string, template: string): Edit => ({ kind, site: `strictBoost.${site}`, template: `strict-boost/${template}` });
const before = (site: string, template: string): Edit => at('insertBefore', site, template);
const after = (site: string, template: string): Edit => at('insertAfter', site, template);

const TRACK: readonly Edit[] = [
  before('kconfig', 'Kconfig'),
  after('lapicStruct', 'lapic-struct.h'),
  before('lapicHeader', 'lapic-track.h'),
  before('lapicSource', 'lapic-track.c'),
  before('clearIrr', 'clear-irr.c'),
  after('createLapic', 'create-lapic.c'),
  before('createLapicFailed', 'free-lapic.c'),
  before('freeLapic', 'free-lapic.c'),
  before('resetLapic', 'reset-lapic.c'),
  before('deliverFast', 'deliver-fast.c'),
  before('deliverAll', 'deliver-all.c'),
  at('replace', 'deliverLowest', 'deliver-lowest.c'),
  before('pvIpi', 'pv-ipi.c'),
  before('hvIpi', 'hv-ipi.c'),
  after('trackedStat', 'stat-tracked.h'),
  after('trackedStatDesc', 'stat-tracked.c'),
];

const BOOST: readonly Edit[] = [
  after('parameters', 'kernel-parameters.txt'),
  before('verdict', 'lapic-verdict.c'),
  after('verdictStats', 'stat-verdicts.h'),
  after('verdictStatDescs', 'stat-verdicts.c'),
  after('verdictHeader', 'kvm-host.h'),
  before('wanted', 'vcpu-wanted.c'),
  at('replace', 'onSpin', 'on-spin.c'),
];

const PAUSE: readonly Edit[] = [
  before('pauseHeader', 'x86-pause.h'),
  before('pauseVmx', 'pause-exit.c'),
  before('pauseSvm', 'pause-exit.c'),
  after('pauseStat', 'stat-pause.h'),
  after('pauseStatDesc', 'stat-pause.c'),
];

/** Existing code that sends IPIs tells the mechanism of them, and code that spins asks it. */
const HOOKS = ['deliverFast', 'deliverAll', 'deliverLowest', 'pvIpi', 'hvIpi', 'onSpin'].map((site) => `strictBoost.${site}`);

const sitesOf = (edits: readonly Edit[]): readonly string[] => edits.flatMap((edit) => (edit.kind === 'addFile' ? [] : [edit.site]));
const onOff = (on: boolean): string => (on ? 'on' : 'off');

/** Directed yield goes to vCPUs that can end the spin: a holder of a lock, or a receiver of the spinner's IPI. */
export const strictBoost: Mechanism = {
  section: 'strictBoost',
  targets: ['kvm-host'],
  needsOneOf: [],
  hooks: HOOKS,
  sites: () => [...new Set([...TRACK, ...BOOST, ...PAUSE].flatMap((edit) => sitesOf([edit])))],
  lower(policy, tree) {
    const section = policy.strictBoost;
    if (section === undefined) return [];
    const data: TemplateData = {
      ...treeData(tree),
      enabledAtBoot: section.enabledAtBoot,
      enabledText: onOff(section.enabledAtBoot),
      keyType: section.enabledAtBoot ? 'TRUE' : 'FALSE',
      userModeReceivers: section.userModeReceivers,
      userModeReceiversText: onOff(section.userModeReceivers),
      haltedReceiversNeedIpi: section.haltedReceiversNeedIpi,
      haltedReceiversNeedIpiText: onOff(section.haltedReceiversNeedIpi),
    };
    const patch = (subject: string, changelog: string, edits: readonly Edit[]): PlannedPatch => ({ subject, changelog: `strict-boost/${changelog}`, edits, data });
    return [
      patch('KVM: x86: Track which vCPU sent a pending IPI', 'track.msg', TRACK),
      patch('KVM: Boost only IPI receivers of the spinning vCPU', 'boost.msg', BOOST),
      patch('KVM: x86: Count PAUSE exits', 'pause.msg', PAUSE),
    ];
  },
};

/** What the trees spell differently. */
function treeData(tree: BoundTree): TemplateData {
  return {
    kvmSymbol: tree.has('kvm.x86Symbol') ? 'KVM_X86' : 'KVM',
    destArgument: tree.site('strictBoost.deliverLowest').variant,
    nestedLoop: tree.site('strictBoost.onSpin').variant !== 'onePass',
    inKernel: tree.has('kvm.preemptedInKernel') ? 'kvm_arch_vcpu_preempted_in_kernel' : 'kvm_arch_vcpu_in_kernel',
    messagePrefix: tree.has('kvm.lapicMessagePrefix') ? '' : 'kvm: ',
  };
}
