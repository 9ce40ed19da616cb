// SPDX-License-Identifier: MIT
import type { Policy } from '@unspin/policy';
import type { BoundTree, Mechanism } from '../mechanism.ts';
import type { Edit, PlannedPatch, TemplateData } from '../plan.ts';

type Operation = 'insertBefore' | 'insertAfter' | 'replace';
type Ecs = NonNullable<Policy['ecs']>;
type SiteKind = keyof Ecs['sites'];

const at = (kind: Operation, site: string, template: string): Edit => ({ kind, site: `ecsGuest.${site}`, template: `ecs-guest/${template}` });
const before = (site: string, template: string): Edit => at('insertBefore', site, template);
const after = (site: string, template: string): Edit => at('insertAfter', site, template);
const replace = (site: string, template: string): Edit => at('replace', site, template);
const add = (path: string, template: string): Edit => ({ kind: 'addFile', path, template: `ecs-guest/${template}` });

const REGISTER: readonly Edit[] = [
  before('parameters', 'kernel-parameters.txt'),
  before('kconfig', 'Kconfig'),
  after('cpuFeature', 'cpufeatures.h'),
  add('arch/x86/include/asm/kvm_ecs.h', 'asm-kvm-ecs.h'),
  add('include/linux/ecs.h', 'linux-ecs.h'),
  after('threadStruct', 'processor.h'),
  after('makefile', 'Makefile'),
  after('kvmIncludes', 'include-kvm-ecs.h'),
  after('kvmCpuInit', 'kvm-cpu-init.c'),
  after('kvmSevMap', 'kvm-sev-map.c'),
  after('kvmCpuOffline', 'kvm-cpu-offline.c'),
  before('kvmGuestInit', 'kvm-guest-init.c'),
  add('arch/x86/kernel/kvm_ecs.c', 'kvm-ecs.c'),
  after('processIncludes', 'include-kvm-ecs.h'),
  after('copyThread', 'copy-thread.c'),
  before('switchIncludes', 'include-kvm-ecs.h'),
  after('switchTo', 'switch-to.c'),
];

/** The number that no task takes along stays with the CPU on which one dies. */
const OOPS: readonly Edit[] = [after('oopsIncludes', 'include-kvm-ecs.h'), before('oopsEnd', 'oops-end.c')];

const SPINLOCK: readonly Edit[] = [
  after('spinLock', 'activate-np-1.c'),
  replace('spinTrylock', 'spin-trylock.h'),
  after('spinUnlock', 'deactivate-np-1.c'),
  after('debugSpinLock', 'activate-np-1.c'),
  after('debugSpinUnlock', 'deactivate-np-1.c'),
];

const RWLOCK_READ: readonly Edit[] = [
  replace('readLock', 'read-lock.h'),
  replace('readTrylock', 'read-trylock.h'),
  replace('readUnlock', 'read-unlock.h'),
  after('debugReadLock', 'activate-np-reader.c'),
  replace('debugReadTrylock', 'debug-read-trylock.c'),
  after('debugReadUnlock', 'deactivate-np-reader.c'),
];

const RWLOCK_WRITE: readonly Edit[] = [
  replace('writeLock', 'write-lock.h'),
  replace('writeTrylock', 'write-trylock.h'),
  replace('writeUnlock', 'write-unlock.h'),
  after('debugWriteLock', 'activate-np-1.c'),
  after('debugWriteUnlock', 'deactivate-np-1.c'),
];

const MUTEX: readonly Edit[] = [
  before('mutexIncludes', 'include-ecs.h'),
  replace('mutexTrylockFast', 'mutex-trylock-fast.c'),
  replace('mutexTrylockCommon', 'mutex-trylock-common.c'),
  replace('mutexUnlockFast', 'mutex-unlock-fast.c'),
  after('mutexUnlockSlow', 'deactivate-p-3.c'),
  after('mutexHandoff', 'mutex-handoff.c'),
];

const RWSEM_READ: readonly Edit[] = [
  after('rwsemSetReaderOwned', 'activate-p-reader.c'),
  before('downReadGranted', 'activate-p-reader.c'),
  after('upRead', 'deactivate-p-reader.c'),
  after('downReadNonOwner', 'down-read-non-owner.c'),
  before('upReadNonOwner', 'up-read-non-owner.c'),
  before('rwsemHeaderIncludes', 'include-ecs.h'),
  replace('nonOwnerMacros', 'non-owner.h'),
  after('bpfIncludes', 'include-ecs.h'),
  after('bpfHandoff', 'bpf-handoff.h'),
];

/** Who downgrades is a reader first, where those count, and no writer after that. */
const RWSEM_WRITE: readonly Edit[] = [after('rwsemSetOwner', 'activate-p-1.c'), after('upWrite', 'deactivate-p-1.c'), after('downgrade', 'deactivate-p-1.c')];

const RCU_PREEMPTIBLE: readonly Edit[] = [
  after('rcuPreemptLock', 'activate-p-rcu.c'),
  before('rcuPreemptUnlock', 'deactivate-p-rcu.c'),
  after('rcuExit', 'rcu-exit.h'),
];
const RCU_OTHER: readonly Edit[] = [after('rcuIncludes', 'include-ecs.h'), after('rcuLock', 'activate-np-rcu.c'), before('rcuUnlock', 'deactivate-np-rcu.c')];

const HARDIRQ: readonly Edit[] = [
  after('hardirqIncludes', 'include-ecs.h'),
  after('hardirqEnter', 'irq-enter.h'),
  after('hardirqExit', 'irq-exit.h'),
  after('irqExitRcu', 'deactivate-np-interrupt.c'),
];

const SOFTIRQ: readonly Edit[] = [after('softirqBegin', 'activate-np-interrupt.c'), before('softirqEnd', 'deactivate-np-interrupt.c')];

const CHECKS: readonly Edit[] = [
  before('kconfig', 'Kconfig-debug'),
  add('arch/x86/include/asm/kvm_ecs_debug.h', 'asm-kvm-ecs-debug.h'),
  add('arch/x86/kernel/kvm_ecs_debug.c', 'kvm-ecs-debug.c'),
  after('makefile', 'Makefile-debug'),
  after('entryIncludes', 'include-debug.h'),
  before('exitToUser', 'exit-to-user.h'),
  after('idleIncludes', 'include-debug.h'),
  after('idleEnter', 'idle-enter.c'),
];

const SCHDSPIN: readonly Edit[] = [
  before('parameters', 'kernel-parameters-schdspin.txt'),
  before('kconfig', 'Kconfig-schdspin'),
  after('makefile', 'Makefile-schdspin'),
  add('arch/x86/kernel/kvm_ecs_schdspin.c', 'kvm-ecs-schdspin.c'),
  add('include/linux/ecs_schdspin.h', 'ecs-schdspin.h'),
  before('mutexIncludes', 'include-schdspin.h'),
  replace('mutexSleep', 'sleep-2.c'),
  after('rwsemIncludes', 'include-schdspin.h'),
  replace('rwsemReaderSleep', 'sleep-2.c'),
  replace('rwsemWriterSleep', 'sleep-writer-2.c'),
];

/** Where tasks stay on the run queue after they went to sleep. */
const SINGLE_TASK: readonly Edit[] = [after('singleTask', 'sched-core.c'), after('singleTaskHeader', 'sched-stat.h')];

/** Where existing code asks whether to spin. Counting is not among them: it helps nobody by itself, and to leave it out changes headers that all code has. */
const HOOKS: readonly string[] = SCHDSPIN.flatMap((edit) => (edit.kind === 'replace' ? [edit.site] : []));

const SCHDSPIN_SYMBOLS: Readonly<Record<Ecs['schdspin']['mode'], string>> = {
  off: 'SCHDSPIN_OFF',
  'without-host-hint': 'SCHDSPIN_WITHOUT_HOST_HINT',
  'with-host-hint': 'SCHDSPIN_WITH_HOST_HINT',
};

interface Part {
  readonly subject: string;
  readonly changelog: string;
  readonly edits: readonly Edit[];
}

const DOCUMENT: Part = {
  subject: 'Documentation: KVM: Describe critical sections of Linux guests',
  changelog: 'docs.msg',
  edits: [add('Documentation/virt/kvm/x86/ecs-guest.rst', 'ecs-guest.rst'), after('docsIndex', 'docs-index.rst')],
};

/** The patches a policy asks for, in an order in which each builds; a patch without edits is left out. */
function parts(ecs: Ecs, has: (feature: string) => boolean): readonly Part[] {
  const on = (kind: SiteKind, edits: readonly Edit[]): readonly Edit[] => (ecs.sites[kind] ? edits : []);
  const counted = (edits: readonly Edit[]): readonly Edit[] => (ecs.counting === 'annotated' ? edits : []);
  const including = (include: readonly Edit[], edits: readonly Edit[]): readonly Edit[] => (edits.length === 0 ? [] : [...include, ...edits]);
  const spinning = counted([...on('spinlock', SPINLOCK), ...on('rwlockRead', RWLOCK_READ), ...on('rwlockWrite', RWLOCK_WRITE)]);
  const rwsem = [...on('rwsemRead', RWSEM_READ), ...on('rwsemWrite', RWSEM_WRITE)];
  const interrupts = counted([...on('hardirq', HARDIRQ), ...on('softirq', including([after('softirqIncludes', 'include-ecs.h')], SOFTIRQ))]);
  const all: readonly Part[] = [
    { subject: 'x86/kvm: Tell the host where critical sections are counted', changelog: 'register.msg', edits: [...REGISTER, ...counted(OOPS)] },
    { subject: 'locking: Count critical sections under spinning locks', changelog: 'spin.msg', edits: including([after('spinIncludes', 'include-ecs.h')], spinning) },
    {
      subject: 'locking: Count critical sections under sleeping locks',
      changelog: 'sleeping.msg',
      edits: [...on('mutex', MUTEX), ...including([after('rwsemIncludes', 'include-ecs.h')], rwsem)],
    },
    {
      subject: 'rcu: Count readers as critical sections',
      changelog: 'rcu.msg',
      edits: on('rcu', ecs.counting === 'annotated' ? [...RCU_OTHER, ...RCU_PREEMPTIBLE] : [after('rcuTreeIncludes', 'include-ecs.h'), ...RCU_PREEMPTIBLE]),
    },
    { subject: 'softirq: Count interrupts as critical sections', changelog: 'irq.msg', edits: interrupts },
    { subject: 'x86/kvm: Check that critical sections end', changelog: 'debug.msg', edits: CHECKS },
    {
      subject: 'locking: Let waiters spin while nothing else is queued',
      changelog: 'schdspin.msg',
      edits: ecs.schdspin.mode === 'off' ? [] : [...SCHDSPIN, ...(has('sched.delayedDequeue') ? SINGLE_TASK : [])],
    },
    DOCUMENT,
  ];
  return all.filter((part) => part.edits.length > 0);
}

/** A guest counts its critical sections, tells its host, and uses what the host tells it (eCS, ATC 2018). */
export const ecsGuest: Mechanism = {
  section: 'ecs',
  targets: ['kvm-guest'],
  needsOneOf: [],
  hooks: HOOKS,
  sites(policy, has) {
    if (policy.ecs === undefined) return [];
    const edits = parts(policy.ecs, has).flatMap((part) => part.edits);
    return [...new Set(edits.flatMap((edit) => (edit.kind === 'addFile' ? [] : [edit.site])))];
  },
  lower(policy, tree): readonly PlannedPatch[] {
    if (policy.ecs === undefined) return [];
    const data = { ...policyData(policy.ecs), ...treeData(tree) };
    return parts(policy.ecs, (feature) => tree.has(feature)).map(({ subject, changelog, edits }) => ({ subject, changelog: `ecs-guest/${changelog}`, edits, data }));
  },
};

function policyData(ecs: Ecs): TemplateData {
  const { sites } = ecs;
  const rwlock = sites.rwlockRead || sites.rwlockWrite;
  const rwsem = sites.rwsemRead || sites.rwsemWrite;
  return {
    enabledAtBoot: ecs.enabledAtBoot,
    preemptCount: ecs.counting === 'preempt-count',
    spinlock: sites.spinlock,
    both: sites.spinlock && rwlock,
    rwlockRead: sites.rwlockRead,
    rwlockWrite: sites.rwlockWrite,
    mutex: sites.mutex,
    rwsem,
    rwsemRead: sites.rwsemRead,
    rwsemWrite: sites.rwsemWrite,
    rcu: sites.rcu,
    sleepingText: [...(sites.mutex ? ['held mutexes'] : []), ...(rwsem ? ['held read-write semaphores'] : [])].join(' and '),
    hardirq: sites.hardirq,
    softirq: sites.softirq,
    irqText: [...(sites.hardirq ? ['hard'] : []), ...(sites.softirq ? ['soft'] : [])].join(' and ') + ' interrupts',
    schdspin: ecs.schdspin.mode !== 'off',
    schdspinMode: ecs.schdspin.mode,
    schdspinSymbol: SCHDSPIN_SYMBOLS[ecs.schdspin.mode],
    spinLimitNs: ecs.schdspin.spinLimitNs,
  };
}

/** What the trees spell differently. */
function treeData(tree: BoundTree): TemplateData {
  const shared = (site: string): string => (tree.site(`ecsGuest.${site}`).variant === 'shared' ? '_shared' : '');
  const delayedDequeue = tree.has('sched.delayedDequeue');
  return {
    earlyTag: tree.has('docs.earlyParameters'),
    wrmsr64: tree.has('x86.wrmsrq') ? 'wrmsrq' : 'wrmsrl',
    rdmsr64: tree.has('x86.wrmsrq') ? 'rdmsrq' : 'rdmsrl',
    rqspinlock: tree.has('locking.rqspinlock'),
    preemptCountVariable: tree.has('x86.pcpuHot') ? 'pcpu_hot.preempt_count' : '__preempt_count',
    quotedFeature: tree.site('ecsGuest.cpuFeature').variant === 'bare',
    readShared: shared('readLock'),
    writeShared: shared('writeLock'),
    trylockInline: tree.site('ecsGuest.readTrylock').variant === 'inline',
    writerSleep: tree.site('ecsGuest.rwsemWriterSleep').variant,
    delayedDequeue,
    singleTask: delayedDequeue ? 'single_task_runnable' : 'single_task_running',
  };
}
