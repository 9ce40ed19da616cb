// SPDX-License-Identifier: MIT
import * as z from 'zod';
import { choiceField, flagField, group, quantityField, requiredField } from './fields.ts';

// A few small objects are parsed in a run: generating code for them costs more than it saves.
z.config({ jitless: true });

const LONGEST_DESCRIPTION = 400;
const SECOND_NS = 1_000_000_000;
const VEE21 = 'Ishiguro et al., VEE 2021';
const ATC18 = 'Kashyap et al., ATC 2018';

export const TARGETS = ['kvm-host', 'kvm-guest', 'tdx-guest'] as const;
export type Target = (typeof TARGETS)[number];

const quoted = (words: readonly string[]): string[] => words.map((word) => `'${word}'`);

const pvLock = group('Paravirtual queued spinlocks of a guest.', {
  thresholdIterations: quantityField({
    dimension: 'iterations',
    min: 16,
    max: 1 << 24,
    default: 1 << 15,
    doc: 'How often a paravirtual queued spinlock is polled before its waiter halts. Guests only.',
    source: 'arch/x86/include/asm/spinlock.h, SPIN_THRESHOLD',
  }),
});

const ple = group('Pause-loop exits: when a vCPU that spins exits to the host.', {
  gapCycles: quantityField({
    dimension: 'cycles', min: 0, max: 0xffff_ffff, default: 128,
    doc: 'VMX: the longest time between two PAUSEs of one spin loop. 0 turns pause-loop exiting off.',
    source: 'arch/x86/kvm/x86.h, KVM_DEFAULT_PLE_GAP',
  }),
  windowCycles: quantityField({
    dimension: 'cycles', min: 0, max: 0xffff_ffff, default: 4096,
    doc: 'VMX: how long a vCPU may spin before it exits.',
    source: 'arch/x86/kvm/x86.h, KVM_VMX_DEFAULT_PLE_WINDOW',
  }),
  windowMaxCycles: quantityField({
    dimension: 'cycles', min: 0, max: 0xffff_ffff, default: 0xffff_ffff,
    doc: 'VMX: the longest the window may grow.',
    source: 'arch/x86/kvm/x86.h, KVM_VMX_DEFAULT_PLE_WINDOW_MAX',
  }),
  svmGapCycles: quantityField({
    dimension: 'cycles', min: 0, max: 0xffff, default: 128,
    doc: 'SVM: the pause filter threshold. 0 leaves a plain pause count.',
    source: 'arch/x86/kvm/svm/svm.c, pause_filter_thresh',
  }),
  svmCountPauses: quantityField({
    dimension: 'pauses', min: 0, max: 0xffff, default: 3000,
    doc: 'SVM: PAUSEs within the threshold before a vCPU exits. 0 turns the filter off.',
    source: 'arch/x86/kvm/x86.h, KVM_SVM_DEFAULT_PLE_WINDOW',
  }),
  svmCountMaxPauses: quantityField({
    dimension: 'pauses', min: 0, max: 0xffff, default: 0xffff,
    doc: 'SVM: the most the pause count may grow to.',
    source: 'arch/x86/kvm/x86.h, KVM_SVM_DEFAULT_PLE_WINDOW_MAX',
  }),
  growFactor: quantityField({
    dimension: 'factor', min: 0, max: 1024, default: 2,
    doc: 'By how much the window is multiplied after an exit; 0 resets it.',
    source: 'arch/x86/kvm/x86.h, KVM_DEFAULT_PLE_WINDOW_GROW',
  }),
  shrinkFactor: quantityField({
    dimension: 'factor', min: 0, max: 1024, default: 0,
    doc: 'By how much the window is divided when the vCPU is scheduled in; 0 resets it.',
    source: 'arch/x86/kvm/x86.h, KVM_DEFAULT_PLE_WINDOW_SHRINK',
  }),
});

const haltPoll = group('How long the host polls for a wake-up of a halted vCPU.', {
  maxNs: quantityField({
    dimension: 'duration', min: 0, max: SECOND_NS, default: 200_000,
    doc: 'The longest the host polls for a wake-up before it puts a halted vCPU to sleep. 0 turns polling off.',
    source: 'Documentation/virt/kvm/halt-polling.rst',
  }),
  growStartNs: quantityField({
    dimension: 'duration', min: 0, max: SECOND_NS, default: 10_000,
    doc: 'Where polling starts when it grows from 0.',
    source: 'Documentation/virt/kvm/halt-polling.rst',
  }),
  growFactor: quantityField({
    dimension: 'factor', min: 0, max: 1024, default: 2,
    doc: 'By how much the polling time is multiplied when it was too short.',
    source: 'Documentation/virt/kvm/halt-polling.rst',
  }),
  shrinkFactor: quantityField({
    dimension: 'factor', min: 0, max: 1024, default: 2,
    doc: 'By how much the polling time is divided when it was too long; 0 resets it.',
    source: 'Documentation/virt/kvm/halt-polling.rst',
  }),
});

export const spinSchema = group('Thresholds of spinning and polling. A group that is left out stays as the kernel has it.', {
  pvLock: pvLock.optional(),
  ple: ple.optional(),
  haltPoll: haltPoll.optional(),
});

export const deboosterSchema = group('Debooster: a vCPU that yields to another one is charged what lets the scheduler pick that one.', {
  enabledAtBoot: flagField({
    default: false,
    doc: 'Whether the kernel starts with it on. It can be switched at boot and at run time either way.',
    source: 'unspin: every mechanism starts off',
  }),
  maxPenaltyNs: quantityField({
    dimension: 'duration', min: 0, max: SECOND_NS, default: 6_000_000,
    doc: 'The most virtual run time a yielding vCPU is charged for one directed yield. A yield that needs more is refused and counted.',
    source: `${VEE21} lowers the yielder without a bound; two base slices of EEVDF bound it here`,
  }),
  marginNs: quantityField({
    dimension: 'duration', min: 0, max: SECOND_NS, default: 0,
    doc: 'Charged beyond the least that lets the scheduler pick the target.',
    source: `${VEE21}: none`,
  }),
  minIntervalNs: quantityField({
    dimension: 'duration', min: 0, max: SECOND_NS, default: 0,
    doc: 'Least time between two penalties on one run queue. 0: no limit.',
    source: `${VEE21}: none; Li, "Semantics-aware vCPU scheduling", 2025: 6 ms`,
  }),
  reversePairWindowNs: quantityField({
    dimension: 'duration', min: 0, max: SECOND_NS, default: 600_000,
    doc: 'Within this time a vCPU that was just favoured is not penalised in favour of the one that favoured it. 0 turns the check off.',
    source: 'Li, "Semantics-aware vCPU scheduling", 2025',
  }),
});

export const strictBoostSchema = group('Strict Boost: only vCPUs that can end the spin are yielded to.', {
  enabledAtBoot: flagField({
    default: false,
    doc: 'Whether kvm starts with it on. It can be switched at load and at run time either way.',
    source: 'unspin: every mechanism starts off',
  }),
  userModeReceivers: flagField({
    default: true,
    doc: 'vCPUs preempted in user mode become candidates for a directed yield when an IPI of the spinning vCPU is pending there ("lost opportunity").',
    source: VEE21,
  }),
  haltedReceiversNeedIpi: flagField({
    default: true,
    doc: 'Halted vCPUs are candidates only when an IPI of the spinning vCPU is pending there ("overboost").',
    source: VEE21,
  }),
});

const ecsSite = (doc: string) => flagField({ default: true, doc, source: `${ATC18}, sections 4 and 5` });

const ecsSites = group('Which critical sections a guest tells the host of.', {
  spinlock: ecsSite('Count sections under a spinlock.'),
  rwlockRead: ecsSite('Count sections under a read-write spinlock taken for reading.'),
  rwlockWrite: ecsSite('Count sections under a read-write spinlock taken for writing.'),
  mutex: ecsSite('Count sections under a mutex.'),
  rwsemRead: ecsSite('Count sections under a read-write semaphore taken for reading.'),
  rwsemWrite: ecsSite('Count sections under a read-write semaphore taken for writing.'),
  rcu: ecsSite('Count RCU readers. Readers that may be preempted count as preemptable sections.'),
  hardirq: ecsSite('Count hard interrupt handlers.'),
  softirq: ecsSite('Count the handling of soft interrupts.'),
});

const ecsHost = group('What the host does for a vCPU in a critical section.', {
  extraSchedules: quantityField({
    dimension: 'schedules', min: 1, max: 8, default: 1,
    doc: 'How many turns in a row a vCPU in a critical section may get beyond its own before it has to be scheduled out.',
    source: `${ATC18}, section 3.2: one`,
  }),
  graceNs: quantityField({
    dimension: 'duration', min: 50_000, max: 10_000_000, default: 1_000_000,
    doc: 'How long an extra schedule lasts at most.',
    source: `${ATC18}, section 1: an extra schedule of one millisecond`,
  }),
  checkNs: quantityField({
    dimension: 'duration', min: 5_000, max: 10_000_000, default: 10_000,
    doc: 'How soon the host looks during an extra schedule whether the critical section is over, which ends it. After twelve looks each further one comes after twice the time of the one before.',
    source: 'unspin: in the paper an extra schedule lasts to its end, which may lie in the next critical section',
  }),
  penalise: flagField({
    default: true,
    doc: 'A vCPU is refused extra schedules while those it had took more time than it has waited for the CPU since, by four times what it may have in a row. It is charged for them either way.',
    source: `${ATC18}, section 3.2, local CPU penalization`,
  }),
  preferAsYieldTarget: flagField({
    default: false,
    doc: 'A directed yield prefers vCPUs that were preempted in a critical section.',
    source: 'unspin: joins eCS with the directed yield of KVM',
  }),
});

const ecsSchdspin = group('Waiters that spin where it costs nobody.', {
  mode: choiceField({
    choices: ['off', 'without-host-hint', 'with-host-hint'],
    default: 'with-host-hint',
    doc: 'Waiters of a mutex or read-write semaphore spin instead of sleeping while theirs is the only task to run (SCHDSPIN), and with the hint only while the physical CPU is not over-committed (eSCHDSPIN).',
    source: `${ATC18}, sections 4 and 6.4`,
  }),
  spinLimitNs: quantityField({
    dimension: 'duration', min: 1_000, max: 10_000_000, default: 200_000,
    doc: 'The longest a waiter spins before it sleeps.',
    source: `${ATC18}: no limit; the default is as long as KVM polls for a halted vCPU`,
  }),
});

export const ecsSchema = group('Enlightened critical sections (eCS): a vCPU that holds a lock gets a bounded extra schedule, and waiters spin only where it costs nobody.', {
  enabledAtBoot: flagField({
    default: false,
    doc: 'Whether host and guest start with it on. Either can be switched at boot; the host at run time too.',
    source: 'unspin: every mechanism starts off',
  }),
  counting: choiceField({
    choices: ['annotated', 'preempt-count'],
    default: 'annotated',
    doc: "How a guest tells its non-preemptable sections. 'annotated': by counters at every site. 'preempt-count': the host reads the preemption count the guest has anyway; spinlock, rwlockRead, rwlockWrite, hardirq and softirq then always count.",
    source: `${ATC18}, section 3.1: counters, "similar to the preemption count of the OS"`,
  }),
  sites: ecsSites.prefault({}),
  host: ecsHost.prefault({}),
  schdspin: ecsSchdspin.prefault({}),
});

/** Sections that policies may name but this version refuses: silence would look like a remedy. */
export const PLANNED_SECTIONS = {
  flexcore: 'vCPU ballooning (FlexCore, 2015)',
  confidential: 'delayed preemption and adaptive spinning in confidential guests',
} as const;
export type PlannedSection = keyof typeof PLANNED_SECTIONS;

const sections = {
  spin: spinSchema.optional(),
  debooster: deboosterSchema.optional(),
  strictBoost: strictBoostSchema.optional(),
  ecs: ecsSchema.optional(),
};
export type SectionName = keyof typeof sections;

export const policySchema = group('A policy: which kernels get which remedies, with which numbers.', {
  name: requiredField(z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'a name is lower-case words joined by hyphens'), {
    doc: 'The file is `policies/<name>.policy.ts`, the output `patches/<tree>/<name>/`.',
    type: 'string',
    range: 'lower-case words joined by hyphens',
  }),
  description: requiredField(z.string().min(1).max(LONGEST_DESCRIPTION), {
    doc: 'One or two sentences; they open the cover letter.',
    type: 'string',
    range: `1 to ${LONGEST_DESCRIPTION} characters`,
  }),
  targets: requiredField(z.array(z.enum(TARGETS)).min(1), {
    doc: 'What the patched kernels run as.',
    type: `(${quoted(TARGETS).join(' | ')})[]`,
    range: `at least one of ${quoted(TARGETS).join(', ')}`,
  }),
  trees: requiredField(z.array(z.string().min(1)).min(1), {
    doc: "Kernel trees to emit for, e.g. `'6.12'`. `unspin tree list` names the known ones.",
    type: 'string[]',
    range: 'at least one',
  }),
  ...sections,
});

/** A parsed policy: defaults filled in, quantities as plain numbers in their base unit. */
export type Policy = z.output<typeof policySchema>;
