// SPDX-License-Identifier: MIT
// Generated from packages/policy/src/schema.ts; regenerate with: ./unspin docs
import type { Cycles, Duration, Factor, Iterations, Pauses, Schedules } from './units.ts';

/** What a policy file writes. */
export interface PolicyInput {
  /**
   * The file is `policies/<name>.policy.ts`, the output `patches/<tree>/<name>/`.
   *
   * Range: lower-case words joined by hyphens. Default: none, must be given.
   * Source: unspin
   */
  name: string;
  /**
   * One or two sentences; they open the cover letter.
   *
   * Range: 1 to 400 characters. Default: none, must be given.
   * Source: unspin
   */
  description: string;
  /**
   * What the patched kernels run as.
   *
   * Range: at least one of 'kvm-host', 'kvm-guest', 'tdx-guest'. Default: none, must be given.
   * Source: unspin
   */
  targets: ('kvm-host' | 'kvm-guest' | 'tdx-guest')[];
  /**
   * Kernel trees to emit for, e.g. `'6.12'`. `unspin tree list` names the known ones.
   *
   * Range: at least one. Default: none, must be given.
   * Source: unspin
   */
  trees: string[];
  /** Thresholds of spinning and polling. A group that is left out stays as the kernel has it. */
  spin?: SpinInput | undefined;
  /** Debooster: a vCPU that yields to another one is charged what lets the scheduler pick that one. */
  debooster?: DeboosterInput | undefined;
  /** Strict Boost: only vCPUs that can end the spin are yielded to. */
  strictBoost?: StrictBoostInput | undefined;
  /** Enlightened critical sections (eCS): a vCPU that holds a lock gets a bounded extra schedule, and waiters spin only where it costs nobody. */
  ecs?: EcsInput | undefined;
}

/** Thresholds of spinning and polling. A group that is left out stays as the kernel has it. */
export interface SpinInput {
  /** Paravirtual queued spinlocks of a guest. */
  pvLock?: SpinPvLockInput | undefined;
  /** Pause-loop exits: when a vCPU that spins exits to the host. */
  ple?: SpinPleInput | undefined;
  /** How long the host polls for a wake-up of a halted vCPU. */
  haltPoll?: SpinHaltPollInput | undefined;
}

/** Paravirtual queued spinlocks of a guest. */
export interface SpinPvLockInput {
  /**
   * How often a paravirtual queued spinlock is polled before its waiter halts. Guests only.
   *
   * Unit: iterations, written iterations(…). Range: 16 to 16777216 iterations. Default: 32768 iterations.
   * Source: arch/x86/include/asm/spinlock.h, SPIN_THRESHOLD
   */
  thresholdIterations?: Iterations | undefined;
}

/** Pause-loop exits: when a vCPU that spins exits to the host. */
export interface SpinPleInput {
  /**
   * VMX: the longest time between two PAUSEs of one spin loop. 0 turns pause-loop exiting off.
   *
   * Unit: TSC cycles, written cycles(…). Range: 0 to 4294967295 TSC cycles. Default: 128 TSC cycles.
   * Source: arch/x86/kvm/x86.h, KVM_DEFAULT_PLE_GAP
   */
  gapCycles?: Cycles | undefined;
  /**
   * VMX: how long a vCPU may spin before it exits.
   *
   * Unit: TSC cycles, written cycles(…). Range: 0 to 4294967295 TSC cycles. Default: 4096 TSC cycles.
   * Source: arch/x86/kvm/x86.h, KVM_VMX_DEFAULT_PLE_WINDOW
   */
  windowCycles?: Cycles | undefined;
  /**
   * VMX: the longest the window may grow.
   *
   * Unit: TSC cycles, written cycles(…). Range: 0 to 4294967295 TSC cycles. Default: 4294967295 TSC cycles.
   * Source: arch/x86/kvm/x86.h, KVM_VMX_DEFAULT_PLE_WINDOW_MAX
   */
  windowMaxCycles?: Cycles | undefined;
  /**
   * SVM: the pause filter threshold. 0 leaves a plain pause count.
   *
   * Unit: TSC cycles, written cycles(…). Range: 0 to 65535 TSC cycles. Default: 128 TSC cycles.
   * Source: arch/x86/kvm/svm/svm.c, pause_filter_thresh
   */
  svmGapCycles?: Cycles | undefined;
  /**
   * SVM: PAUSEs within the threshold before a vCPU exits. 0 turns the filter off.
   *
   * Unit: PAUSEs, written pauses(…). Range: 0 to 65535 PAUSEs. Default: 3000 PAUSEs.
   * Source: arch/x86/kvm/x86.h, KVM_SVM_DEFAULT_PLE_WINDOW
   */
  svmCountPauses?: Pauses | undefined;
  /**
   * SVM: the most the pause count may grow to.
   *
   * Unit: PAUSEs, written pauses(…). Range: 0 to 65535 PAUSEs. Default: 65535 PAUSEs.
   * Source: arch/x86/kvm/x86.h, KVM_SVM_DEFAULT_PLE_WINDOW_MAX
   */
  svmCountMaxPauses?: Pauses | undefined;
  /**
   * By how much the window is multiplied after an exit; 0 resets it.
   *
   * Unit: ×, written factor(…). Range: 0 to 1024 ×. Default: 2 ×.
   * Source: arch/x86/kvm/x86.h, KVM_DEFAULT_PLE_WINDOW_GROW
   */
  growFactor?: Factor | undefined;
  /**
   * By how much the window is divided when the vCPU is scheduled in; 0 resets it.
   *
   * Unit: ×, written factor(…). Range: 0 to 1024 ×. Default: 0 ×.
   * Source: arch/x86/kvm/x86.h, KVM_DEFAULT_PLE_WINDOW_SHRINK
   */
  shrinkFactor?: Factor | undefined;
}

/** How long the host polls for a wake-up of a halted vCPU. */
export interface SpinHaltPollInput {
  /**
   * The longest the host polls for a wake-up before it puts a halted vCPU to sleep. 0 turns polling off.
   *
   * Unit: ns, written ns(…), us(…) or ms(…). Range: 0 to 1000000000 ns. Default: 200000 ns.
   * Source: Documentation/virt/kvm/halt-polling.rst
   */
  maxNs?: Duration | undefined;
  /**
   * Where polling starts when it grows from 0.
   *
   * Unit: ns, written ns(…), us(…) or ms(…). Range: 0 to 1000000000 ns. Default: 10000 ns.
   * Source: Documentation/virt/kvm/halt-polling.rst
   */
  growStartNs?: Duration | undefined;
  /**
   * By how much the polling time is multiplied when it was too short.
   *
   * Unit: ×, written factor(…). Range: 0 to 1024 ×. Default: 2 ×.
   * Source: Documentation/virt/kvm/halt-polling.rst
   */
  growFactor?: Factor | undefined;
  /**
   * By how much the polling time is divided when it was too long; 0 resets it.
   *
   * Unit: ×, written factor(…). Range: 0 to 1024 ×. Default: 2 ×.
   * Source: Documentation/virt/kvm/halt-polling.rst
   */
  shrinkFactor?: Factor | undefined;
}

/** Debooster: a vCPU that yields to another one is charged what lets the scheduler pick that one. */
export interface DeboosterInput {
  /**
   * Whether the kernel starts with it on. It can be switched at boot and at run time either way.
   *
   * Range: true or false. Default: false.
   * Source: unspin: every mechanism starts off
   */
  enabledAtBoot?: boolean | undefined;
  /**
   * The most virtual run time a yielding vCPU is charged for one directed yield. A yield that needs more is refused and counted.
   *
   * Unit: ns, written ns(…), us(…) or ms(…). Range: 0 to 1000000000 ns. Default: 6000000 ns.
   * Source: Ishiguro et al., VEE 2021 lowers the yielder without a bound; two base slices of EEVDF bound it here
   */
  maxPenaltyNs?: Duration | undefined;
  /**
   * Charged beyond the least that lets the scheduler pick the target.
   *
   * Unit: ns, written ns(…), us(…) or ms(…). Range: 0 to 1000000000 ns. Default: 0 ns.
   * Source: Ishiguro et al., VEE 2021: none
   */
  marginNs?: Duration | undefined;
  /**
   * Least time between two penalties on one run queue. 0: no limit.
   *
   * Unit: ns, written ns(…), us(…) or ms(…). Range: 0 to 1000000000 ns. Default: 0 ns.
   * Source: Ishiguro et al., VEE 2021: none; Li, "Semantics-aware vCPU scheduling", 2025: 6 ms
   */
  minIntervalNs?: Duration | undefined;
  /**
   * Within this time a vCPU that was just favoured is not penalised in favour of the one that favoured it. 0 turns the check off.
   *
   * Unit: ns, written ns(…), us(…) or ms(…). Range: 0 to 1000000000 ns. Default: 600000 ns.
   * Source: Li, "Semantics-aware vCPU scheduling", 2025
   */
  reversePairWindowNs?: Duration | undefined;
}

/** Strict Boost: only vCPUs that can end the spin are yielded to. */
export interface StrictBoostInput {
  /**
   * Whether kvm starts with it on. It can be switched at load and at run time either way.
   *
   * Range: true or false. Default: false.
   * Source: unspin: every mechanism starts off
   */
  enabledAtBoot?: boolean | undefined;
  /**
   * vCPUs preempted in user mode become candidates for a directed yield when an IPI of the spinning vCPU is pending there ("lost opportunity").
   *
   * Range: true or false. Default: true.
   * Source: Ishiguro et al., VEE 2021
   */
  userModeReceivers?: boolean | undefined;
  /**
   * Halted vCPUs are candidates only when an IPI of the spinning vCPU is pending there ("overboost").
   *
   * Range: true or false. Default: true.
   * Source: Ishiguro et al., VEE 2021
   */
  haltedReceiversNeedIpi?: boolean | undefined;
}

/** Enlightened critical sections (eCS): a vCPU that holds a lock gets a bounded extra schedule, and waiters spin only where it costs nobody. */
export interface EcsInput {
  /**
   * Whether host and guest start with it on. Either can be switched at boot; the host at run time too.
   *
   * Range: true or false. Default: false.
   * Source: unspin: every mechanism starts off
   */
  enabledAtBoot?: boolean | undefined;
  /**
   * How a guest tells its non-preemptable sections. 'annotated': by counters at every site. 'preempt-count': the host reads the preemption count the guest has anyway; spinlock, rwlockRead, rwlockWrite, hardirq and softirq then always count.
   *
   * Range: 'annotated', 'preempt-count'. Default: 'annotated'.
   * Source: Kashyap et al., ATC 2018, section 3.1: counters, "similar to the preemption count of the OS"
   */
  counting?: 'annotated' | 'preempt-count' | undefined;
  /** Which critical sections a guest tells the host of. */
  sites?: EcsSitesInput | undefined;
  /** What the host does for a vCPU in a critical section. */
  host?: EcsHostInput | undefined;
  /** Waiters that spin where it costs nobody. */
  schdspin?: EcsSchdspinInput | undefined;
}

/** Which critical sections a guest tells the host of. */
export interface EcsSitesInput {
  /**
   * Count sections under a spinlock.
   *
   * Range: true or false. Default: true.
   * Source: Kashyap et al., ATC 2018, sections 4 and 5
   */
  spinlock?: boolean | undefined;
  /**
   * Count sections under a read-write spinlock taken for reading.
   *
   * Range: true or false. Default: true.
   * Source: Kashyap et al., ATC 2018, sections 4 and 5
   */
  rwlockRead?: boolean | undefined;
  /**
   * Count sections under a read-write spinlock taken for writing.
   *
   * Range: true or false. Default: true.
   * Source: Kashyap et al., ATC 2018, sections 4 and 5
   */
  rwlockWrite?: boolean | undefined;
  /**
   * Count sections under a mutex.
   *
   * Range: true or false. Default: true.
   * Source: Kashyap et al., ATC 2018, sections 4 and 5
   */
  mutex?: boolean | undefined;
  /**
   * Count sections under a read-write semaphore taken for reading.
   *
   * Range: true or false. Default: true.
   * Source: Kashyap et al., ATC 2018, sections 4 and 5
   */
  rwsemRead?: boolean | undefined;
  /**
   * Count sections under a read-write semaphore taken for writing.
   *
   * Range: true or false. Default: true.
   * Source: Kashyap et al., ATC 2018, sections 4 and 5
   */
  rwsemWrite?: boolean | undefined;
  /**
   * Count RCU readers. Readers that may be preempted count as preemptable sections.
   *
   * Range: true or false. Default: true.
   * Source: Kashyap et al., ATC 2018, sections 4 and 5
   */
  rcu?: boolean | undefined;
  /**
   * Count hard interrupt handlers.
   *
   * Range: true or false. Default: true.
   * Source: Kashyap et al., ATC 2018, sections 4 and 5
   */
  hardirq?: boolean | undefined;
  /**
   * Count the handling of soft interrupts.
   *
   * Range: true or false. Default: true.
   * Source: Kashyap et al., ATC 2018, sections 4 and 5
   */
  softirq?: boolean | undefined;
}

/** What the host does for a vCPU in a critical section. */
export interface EcsHostInput {
  /**
   * How many turns in a row a vCPU in a critical section may get beyond its own before it has to be scheduled out.
   *
   * Unit: extra schedules, written schedules(…). Range: 1 to 8 extra schedules. Default: 1 extra schedules.
   * Source: Kashyap et al., ATC 2018, section 3.2: one
   */
  extraSchedules?: Schedules | undefined;
  /**
   * How long an extra schedule lasts at most.
   *
   * Unit: ns, written ns(…), us(…) or ms(…). Range: 50000 to 10000000 ns. Default: 1000000 ns.
   * Source: Kashyap et al., ATC 2018, section 1: an extra schedule of one millisecond
   */
  graceNs?: Duration | undefined;
  /**
   * How soon the host looks during an extra schedule whether the critical section is over, which ends it. After twelve looks each further one comes after twice the time of the one before.
   *
   * Unit: ns, written ns(…), us(…) or ms(…). Range: 5000 to 10000000 ns. Default: 10000 ns.
   * Source: unspin: in the paper an extra schedule lasts to its end, which may lie in the next critical section
   */
  checkNs?: Duration | undefined;
  /**
   * A vCPU is refused extra schedules while those it had took more time than it has waited for the CPU since, by four times what it may have in a row. It is charged for them either way.
   *
   * Range: true or false. Default: true.
   * Source: Kashyap et al., ATC 2018, section 3.2, local CPU penalization
   */
  penalise?: boolean | undefined;
  /**
   * A directed yield prefers vCPUs that were preempted in a critical section.
   *
   * Range: true or false. Default: false.
   * Source: unspin: joins eCS with the directed yield of KVM
   */
  preferAsYieldTarget?: boolean | undefined;
}

/** Waiters that spin where it costs nobody. */
export interface EcsSchdspinInput {
  /**
   * Waiters of a mutex or read-write semaphore spin instead of sleeping while theirs is the only task to run (SCHDSPIN), and with the hint only while the physical CPU is not over-committed (eSCHDSPIN).
   *
   * Range: 'off', 'without-host-hint', 'with-host-hint'. Default: 'with-host-hint'.
   * Source: Kashyap et al., ATC 2018, sections 4 and 6.4
   */
  mode?: 'off' | 'without-host-hint' | 'with-host-hint' | undefined;
  /**
   * The longest a waiter spins before it sleeps.
   *
   * Unit: ns, written ns(…), us(…) or ms(…). Range: 1000 to 10000000 ns. Default: 200000 ns.
   * Source: Kashyap et al., ATC 2018: no limit; the default is as long as KVM polls for a halted vCPU
   */
  spinLimitNs?: Duration | undefined;
}
