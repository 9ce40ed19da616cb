// SPDX-License-Identifier: MIT
import type { BoundTree, Mechanism } from '../mechanism.ts';
import type { Edit, PlannedPatch, TemplateData } from '../plan.ts';

type Operation = 'insertBefore' | 'insertAfter' | 'replace';

const at = (kind: Operation, site: string, template: string): Edit => ({ kind, site: `ecsHost.${site}`, template: `ecs-host/${template}` });
const before = (site: string, template: string): Edit => at('insertBefore', site, template);
const after = (site: string, template: string): Edit => at('insertAfter', site, template);
/** What an earlier patch of the series put there is one block with this. */
const into = (site: string, template: string): Edit => ({ kind: 'insertInto', site: `ecsHost.${site}`, block: '#ifdef CONFIG_KVM_ECS', template: `ecs-host/${template}` });
const add = (path: string, template: string): Edit => ({ kind: 'addFile', path, template: `ecs-host/${template}` });

/** CFS ends slices in the tick only, so there a grace needs no defence. */
const EEVDF: readonly Edit[] = [after('fairInclude', 'include-grace.h'), before('updateCurr', 'update-curr.c')];

const GRACE: readonly Edit[] = [
  before('preemptTick', 'preempt-tick.h'),
  after('preemptOpsDoc', 'preempt-ops-doc.h'),
  after('preemptOpsContext', 'preempt-ops-context.h'),
  after('preemptOps', 'preempt-ops.h'),
  after('initKconfig', 'init-Kconfig'),
  after('schedMakefile', 'sched-Makefile'),
  before('coreInclude', 'include-grace.h'),
  before('tickBegin', 'tick-begin.c'),
  before('tickEnd', 'tick-end.c'),
  before('hrtick', 'tick-begin.c'),
  after('hrtick', 'tick-end.c'),
  after('taskSwitch', 'switch.c'),
  before('noSwitch', 'repick.c'),
  after('unregister', 'unregister.c'),
  add('kernel/sched/grace.c', 'grace.c'),
  add('kernel/sched/grace.h', 'grace.h'),
];

const AREA: readonly Edit[] = [
  before('parameters', 'kernel-parameters.txt'),
  before('kconfig', 'Kconfig'),
  after('makefile', 'Makefile'),
  before('archTypes', 'kvm-host-area.h'),
  after('arch', 'kvm-host-arch.h'),
  after('include', 'include-ecs.h'),
  after('msrList', 'msr-list.c'),
  before('setMsr', 'set-msr.c'),
  before('getMsr', 'get-msr.c'),
  after('vcpuReset', 'vcpu-reset.c'),
  at('replace', 'enterGuest', 'enter-guest.c'),
  before('vcpuPut', 'vcpu-put.c'),
  after('init', 'init.c'),
  before('exit', 'exit.c'),
  after('cpuid', 'cpuid.c'),
  add('arch/x86/kvm/ecs.c', 'ecs.c'),
  add('arch/x86/kvm/ecs.h', 'ecs.h'),
];

const GRANT: readonly Edit[] = [
  before('parameters', 'kernel-parameters-grant.txt'),
  after('makefile', 'Makefile-grant'),
  into('archTypes', 'kvm-host-grant.h'),
  into('arch', 'kvm-host-arch-grant.h'),
  after('stats', 'stats.h'),
  after('statDescs', 'stats.c'),
  before('trace', 'trace.h'),
  before('mainTick', 'kvm-main-tick.c'),
  after('mainOps', 'kvm-main-ops.c'),
  after('hostTick', 'kvm-host-tick.h'),
  after('include', 'include-ecs-grant.h'),
  before('exitRequest', 'exit-request.c'),
  before('guestExit', 'guest-exit.c'),
  before('guestWork', 'guest-work.c'),
  after('vcpuLoad', 'vcpu-load-grant.c'),
  before('vcpuPut', 'vcpu-put-grant.c'),
  before('schedYield', 'sched-yield.c'),
  after('schedYieldEnd', 'sched-yield-end.c'),
  add('arch/x86/kvm/ecs_grant.c', 'ecs-grant.c'),
  add('arch/x86/kvm/ecs_grant.h', 'ecs-grant.h'),
];

const YIELD: readonly Edit[] = [
  before('parameters', 'kernel-parameters-yield.txt'),
  after('makefile', 'Makefile-yield'),
  into('stats', 'stats-yield.h'),
  into('statDescs', 'stats-yield.c'),
  after('hostYield', 'kvm-host-yield.h'),
  after('onSpin', 'on-spin.c'),
  before('onSpinEnd', 'on-spin-end.c'),
  add('arch/x86/kvm/ecs_yield.c', 'ecs-yield.c'),
];

/** Where the tests of KVM lie, and how they list what they build, differs. */
const selftest = (has: (feature: string) => boolean): readonly Edit[] => [
  before('selftestMakefile', 'selftest-Makefile'),
  ...(has('selftests.ignoreList') ? [before('selftestIgnore', 'selftest-gitignore')] : []),
  after('selftestMsrs', 'selftest-pv.c'),
  add(`tools/testing/selftests/kvm/${selftestDir(has)}/ecs_test.c`, 'selftest.c'),
];
const selftestDir = (has: (feature: string) => boolean): string => (has('selftests.x86Dir') ? 'x86' : 'x86_64');

const sitesOf = (edits: readonly Edit[]): readonly string[] => [...new Set(edits.flatMap((edit) => (edit.kind === 'addFile' ? [] : [edit.site])))];
const onOff = (on: boolean): string => (on ? 'on' : 'off');

/** A vCPU in a critical section gets one more schedule, and pays for it (eCS, ATC 2018). */
export const ecsHost: Mechanism = {
  section: 'ecs',
  targets: ['kvm-host'],
  needsOneOf: [],
  hooks: ['ecsHost.mainOps', 'ecsHost.onSpin', 'ecsHost.onSpinEnd'],
  sites: (_policy, has) => sitesOf([...GRACE, ...(has('sched.eevdf') ? EEVDF : []), ...AREA, ...GRANT, ...YIELD, ...selftest(has)]),
  lower(policy, tree) {
    const { ecs } = policy;
    if (ecs === undefined) return [];
    const { host } = ecs;
    const data: TemplateData = {
      ...treeData(tree),
      ...host,
      enabledAtBoot: ecs.enabledAtBoot,
      enabledText: onOff(ecs.enabledAtBoot),
      penaliseText: onOff(host.penalise),
      preferText: onOff(host.preferAsYieldTarget),
    };
    const patch = (subject: string, changelog: string, edits: readonly Edit[]): PlannedPatch => ({ subject, changelog: `ecs-host/${changelog}`, edits, data });
    return [
      patch('sched: Let preempt notifiers ask for a grace at the end of a slice', 'grace.msg', [...GRACE, ...(tree.has('sched.eevdf') ? EEVDF : [])]),
      patch('KVM: x86: Tell guests which vCPUs wait and which CPUs are short', 'area.msg', AREA),
      patch('KVM: x86: Let vCPUs finish critical sections of the guest', 'grant.msg', GRANT),
      patch('KVM: x86: Yield to vCPUs preempted in critical sections first', 'yield.msg', YIELD),
      patch('KVM: selftests: Test the MSR and the area of critical sections', 'selftest.msg', selftest(tree.has)),
    ];
  },
};

/** What the trees spell differently. */
function treeData(tree: BoundTree): TemplateData {
  return {
    kvmSymbol: tree.has('kvm.x86Symbol') ? 'KVM_X86' : 'KVM',
    eevdf: tree.has('sched.eevdf'),
    donor: tree.has('sched.donor'),
    nextClass: tree.has('sched.nextClass'),
    scheduled: tree.has('sched.donor') ? 'donor' : 'curr',
    fairQueued: tree.has('sched.queuedCount') ? 'h_nr_queued' : 'h_nr_running',
    delayedDequeue: tree.has('sched.runnableCount'),
    lazy: tree.has('sched.lazyPreempt'),
    wantsToRun: tree.has('kvm.wantsToRun'),
    preemptedAnywhere: tree.has('kvm.wantsToRun') && !tree.has('kvm.preemptedInRun'),
    hrtimerSetup: tree.has('kernel.hrtimerSetup'),
    selftestDir: selftestDir(tree.has),
    descriptorTables: tree.has('selftests.descriptorTables'),
    spinBlank: tree.site('ecsHost.onSpin').variant === 'onePass',
  };
}
