// SPDX-License-Identifier: MIT
import type { FeatureSpec } from './facts.ts';

/** Every feature the compiler may ask a tree for. Probes read sources; none compares versions. */
export const FEATURES: readonly FeatureSpec[] = [
  { name: 'sched.eevdf', files: ['kernel/sched/fair.c'], pattern: /\bentity_eligible\(/ },
  { name: 'sched.cfsBuddies', files: ['kernel/sched/fair.c'], pattern: /\bset_skip_buddy\(/ },
  { name: 'sched.donor', files: ['kernel/sched/sched.h'], pattern: /\bstruct task_struct\s+(__rcu\s+)?\*donor;/ },
  { name: 'sched.nextClass', files: ['kernel/sched/sched.h'], pattern: /\bstruct sched_class\s+\*next_class;/ },
  { name: 'sched.sliceProtection', files: ['kernel/sched/fair.c'], pattern: /\bcancel_protect_slice\(/ },
  { name: 'sched.proxyExec', files: ['kernel/sched/sched.h'], pattern: /\bCONFIG_SCHED_PROXY_EXEC\b/ },
  { name: 'sched.zeroVruntime', files: ['kernel/sched/sched.h'], pattern: /\bzero_vruntime;/ },
  { name: 'sched.sumWeight', files: ['kernel/sched/fair.c'], pattern: /\bavg_vruntime_weight\(/ },
  { name: 'sched.pickBuddy', files: ['kernel/sched/features.h'], pattern: /\bSCHED_FEAT\(PICK_BUDDY,/ },
  { name: 'sched.batchYieldKeepsClock', files: ['kernel/sched/fair.c'], pattern: /\bcurr->policy != SCHED_BATCH\b/ },
  { name: 'sched.delayedDequeue', files: ['kernel/sched/features.h'], pattern: /\bSCHED_FEAT\(DELAY_DEQUEUE,/ },
  { name: 'sched.queuedCount', files: ['kernel/sched/sched.h'], pattern: /\bunsigned int\s+h_nr_queued;/ },
  { name: 'sched.runnableCount', files: ['kernel/sched/sched.h'], pattern: /\bunsigned int\s+h_nr_runnable;/ },
  { name: 'sched.lazyPreempt', files: ['kernel/sched/sched.h'], pattern: /\bresched_curr_lazy\(/ },
  { name: 'kernel.hrtimerSetup', files: ['include/linux/hrtimer.h'], pattern: /\bhrtimer_setup\(/ },
  { name: 'kvm.x86Symbol', files: ['arch/x86/kvm/Kconfig'], pattern: /^config KVM_X86$/m },
  { name: 'kvm.preemptedInKernel', files: ['include/linux/kvm_host.h'], pattern: /\bkvm_arch_vcpu_preempted_in_kernel\(/ },
  { name: 'kvm.preemptedInRun', files: ['virt/kvm/kvm_main.c'], pattern: /\bif \(.* && vcpu->wants_to_run\)/ },
  { name: 'kvm.wantsToRun', files: ['include/linux/kvm_host.h'], pattern: /\bbool wants_to_run;/ },
  { name: 'kvm.lapicMessagePrefix', files: ['arch/x86/kvm/lapic.c'], pattern: /^#define pr_fmt\(fmt\)/m },
  { name: 'locking.rqspinlock', files: ['include/asm-generic/rqspinlock.h'], pattern: /\bresilient_queued_spin_lock_slowpath\(/ },
  { name: 'selftests.descriptorTables', files: ['tools/testing/selftests/kvm/include/x86_64/processor.h', 'tools/testing/selftests/kvm/include/x86/processor.h'], pattern: /\bvcpu_init_descriptor_tables\(/ },
  { name: 'selftests.ignoreList', files: ['tools/testing/selftests/kvm/.gitignore'], pattern: /^\/x86_64\/cpuid_test$/m },
  { name: 'selftests.x86Dir', files: ['tools/testing/selftests/kvm/Makefile.kvm'], pattern: /\bx86\/cpuid_test$/m },
  { name: 'x86.wrmsrq', files: ['arch/x86/include/asm/msr.h'], pattern: /\bwrmsrq\(/ },
  { name: 'x86.pcpuHot', files: ['arch/x86/include/asm/current.h'], pattern: /\bstruct pcpu_hot\b/ },
  { name: 'docs.earlyParameters', files: ['Documentation/admin-guide/kernel-parameters.txt'], pattern: /\[X86,XEN,KVM,EARLY\]/ },
];
