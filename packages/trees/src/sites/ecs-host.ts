// SPDX-License-Identifier: MIT
import type { SiteSpec } from '../facts.ts';

const PREEMPT_H = 'include/linux/preempt.h';
const CORE_C = 'kernel/sched/core.c';
const FAIR_C = 'kernel/sched/fair.c';
const X86_C = 'arch/x86/kvm/x86.c';
const KVM_MAIN_C = 'virt/kvm/kvm_main.c';
const ARCH_HOST_H = 'arch/x86/include/asm/kvm_host.h';
const HOST_H = 'include/linux/kvm_host.h';

const variants = (id: string, file: string, within: string | null, spellings: Readonly<Record<string, readonly string[]>>): SiteSpec => ({
  id: `ecsHost.${id}`,
  files: [file],
  within,
  anchors: Object.entries(spellings).map(([variant, lines]) => ({ variant, lines })),
});
const site = (id: string, file: string, within: string | null, lines: readonly string[]): SiteSpec => variants(id, file, within, { default: lines });

/** The scheduler: a grace at the end of a slice. */
const scheduler: readonly SiteSpec[] = [
  site('preemptTick', PREEMPT_H, null, ['/**', ' * preempt_ops - notifiers called when a task is preempted and rescheduled']),
  site('preemptOpsDoc', PREEMPT_H, null, [" *    next: the task that's kicking us out"]),
  site('preemptOpsContext', PREEMPT_H, null, [' * difference is intentional and depended upon by its users.']),
  site('preemptOps', PREEMPT_H, 'struct preempt_ops', ['\tvoid (*sched_out)(struct preempt_notifier *notifier,', '\t\t\t  struct task_struct *next);']),
  site('initKconfig', 'init/Kconfig', null, ['config PREEMPT_NOTIFIERS', '\tbool']),
  site('schedMakefile', 'kernel/sched/Makefile', null, ['obj-y += build_utility.o']),
  site('coreInclude', CORE_C, null, ['#include "pelt.h"']),
  /** Where lazy preemption exists, the tick makes a lazy reschedule a real one before the class has its tick. */
  variants('tickBegin', CORE_C, null, {
    lazy: ['\tif (dynamic_preempt_lazy() && tif_test_bit(TIF_NEED_RESCHED_LAZY))', '\t\tresched_curr(rq);'],
    plain: ['\tcurr->sched_class->task_tick(rq, curr, 0);', '\tif (sched_feat(LATENCY_WARN))'],
  }),
  site('tickEnd', CORE_C, null, ['\tif (sched_feat(LATENCY_WARN))', '\t\tresched_latency = cpu_resched_latency(rq);']),
  variants('hrtick', CORE_C, 'hrtick', {
    donor: ['\trq->donor->sched_class->task_tick(rq, rq->donor, 1);'],
    plain: ['\trq->curr->sched_class->task_tick(rq, rq->curr, 1);'],
  }),
  site('taskSwitch', CORE_C, 'prepare_task_switch', ['\tfire_sched_out_preempt_notifiers(prev, next);']),
  site('noSwitch', CORE_C, '__schedule', ['\t\trq_unpin_lock(rq, &rf);']),
  site('unregister', CORE_C, 'preempt_notifier_unregister', ['\thlist_del(&notifier->link);']),
  site('fairInclude', FAIR_C, null, ['#include "autogroup.h"']),
  /** EEVDF ends slices whenever it updates the current task, also for another CPU; CFS in the tick only. */
  {
    ...variants('updateCurr', FAIR_C, 'update_curr', {
      sliceProtection: ['\tif (resched || !protect_slice(curr)) {'],
      runToParity: ['\tif (resched || did_preempt_short(cfs_rq, curr)) {'],
    }),
    when: 'sched.eevdf',
  },
];

/** KVM: the area, and what is told in it. */
const area: readonly SiteSpec[] = [
  site('parameters', 'Documentation/admin-guide/kernel-parameters.txt', null, ['\tkvm.enable_vmware_backdoor=[KVM] Support VMware backdoor PV interface.']),
  site('kconfig', 'arch/x86/kvm/Kconfig', null, ['config KVM_XEN']),
  site('makefile', 'arch/x86/kvm/Makefile', null, ['kvm-$(CONFIG_KVM_XEN)\t+= xen.o']),
  site('archTypes', ARCH_HOST_H, null, ['struct kvm_vcpu_arch {']),
  site('arch', ARCH_HOST_H, 'struct kvm_vcpu_arch', ['\t\tu64 last_steal;', '\t\tstruct gfn_to_hva_cache cache;', '\t} st;']),
  site('include', X86_C, null, ['#include "x86.h"']),
  site('msrList', X86_C, null, ['\tMSR_KVM_PV_EOI_EN, MSR_KVM_ASYNC_PF_INT, MSR_KVM_ASYNC_PF_ACK,']),
  site('setMsr', X86_C, 'kvm_set_msr_common', ['\tcase MSR_KVM_PV_EOI_EN:']),
  site('getMsr', X86_C, 'kvm_get_msr_common', ['\tcase MSR_KVM_PV_EOI_EN:']),
  site('vcpuReset', X86_C, 'kvm_vcpu_reset', ['\tvcpu->arch.st.msr_val = 0;']),
  site('enterGuest', X86_C, 'vcpu_enter_guest', ['\t\tif (kvm_check_request(KVM_REQ_STEAL_UPDATE, vcpu))', '\t\t\trecord_steal_time(vcpu);']),
  site('vcpuPut', X86_C, 'kvm_arch_vcpu_put', ['\tvcpu->arch.last_host_tsc = rdtsc();']),
  site('init', X86_C, 'kvm_x86_init', ['\tmitigate_smt_rsb &= boot_cpu_has_bug(X86_BUG_SMT_RSB) && cpu_smt_possible();']),
  site('exit', X86_C, null, ['}', 'module_exit(kvm_x86_exit);']),
  site('cpuid', 'arch/x86/kvm/cpuid.c', null, ['\t\tif (sched_info_on())', '\t\t\tentry->eax |= (1 << KVM_FEATURE_STEAL_TIME);']),
];

/** KVM: extra schedules, and yields to those that did not get them. */
const grants: readonly SiteSpec[] = [
  site('stats', ARCH_HOST_H, 'struct kvm_vcpu_stat', ['\tu64 preemption_other;']),
  site('statDescs', X86_C, null, ['\tSTATS_DESC_COUNTER(VCPU, preemption_other),']),
  site('trace', 'arch/x86/kvm/trace.h', null, ['#endif /* _TRACE_KVM_H */']),
  site('mainTick', KVM_MAIN_C, null, ['/**', ' * kvm_get_running_vcpu - get the vcpu running on the current CPU.']),
  site('mainOps', KVM_MAIN_C, null, ['\tkvm_preempt_ops.sched_out = kvm_sched_out;']),
  site('hostTick', HOST_H, null, ['void kvm_arch_vcpu_put(struct kvm_vcpu *vcpu);']),
  site('hostYield', HOST_H, null, ['bool kvm_arch_dy_runnable(struct kvm_vcpu *vcpu);']),
  site('exitRequest', X86_C, 'vcpu_enter_guest', ['\t\tpreempt_enable();']),
  site('guestExit', X86_C, 'vcpu_enter_guest', ['\tpreempt_enable();']),
  site('guestWork', X86_C, 'vcpu_run', ['\t\tif (__xfer_to_guest_mode_work_pending()) {']),
  site('vcpuLoad', X86_C, 'kvm_arch_vcpu_load', ['\tkvm_make_request(KVM_REQ_STEAL_UPDATE, vcpu);']),
  site('schedYield', X86_C, 'kvm_sched_yield', ['\tif (kvm_vcpu_yield_to(target) <= 0)']),
  site('schedYieldEnd', X86_C, 'kvm_sched_yield', ['no_yield:']),
  variants('onSpin', KVM_MAIN_C, 'kvm_vcpu_on_spin', {
    onePass: ['\tsmp_rmb();', '', '\tkvm_vcpu_set_in_spin_loop(me, true);'],
    twoPasses: ['\tlast_boosted_vcpu = READ_ONCE(kvm->last_boosted_vcpu);', '\tkvm_vcpu_set_in_spin_loop(me, true);'],
  }),
  site('onSpinEnd', KVM_MAIN_C, 'kvm_vcpu_on_spin', ['\tkvm_vcpu_set_in_spin_loop(me, false);']),
];

const SELFTESTS = 'tools/testing/selftests/kvm';
const inEither = (id: string, name: string, anchors: SiteSpec['anchors']): SiteSpec => ({ id: `ecsHost.${id}`, files: [`${SELFTESTS}/x86/${name}`, `${SELFTESTS}/x86_64/${name}`], within: null, anchors });

/** KVM's own tests. */
const selftests: readonly SiteSpec[] = [
  {
    ...variants('selftestMakefile', '', null, {
      x86: ['TEST_GEN_PROGS_x86 += x86/exit_on_emulation_failure_test'],
      x86_64: ['TEST_GEN_PROGS_x86_64 += x86_64/exit_on_emulation_failure_test'],
      emulator: ['TEST_GEN_PROGS_x86_64 += x86_64/emulator_error_test'],
    }),
    files: [`${SELFTESTS}/Makefile.kvm`, `${SELFTESTS}/Makefile`],
  },
  { ...site('selftestIgnore', `${SELFTESTS}/.gitignore`, null, ['/x86_64/emulator_error_test']), when: 'selftests.ignoreList' },
  inEither('selftestMsrs', 'kvm_pv_test.c', [{ variant: 'default', lines: ['\tTEST_MSR(MSR_KVM_ASYNC_PF_ACK),'] }]),
];

export const ecsHostSites: readonly SiteSpec[] = [...scheduler, ...area, ...grants, ...selftests];
