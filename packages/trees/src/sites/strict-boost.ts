// SPDX-License-Identifier: MIT
import type { SiteSpec } from '../facts.ts';

const LAPIC_C = 'arch/x86/kvm/lapic.c';
const LAPIC_H = 'arch/x86/kvm/lapic.h';
const X86_C = 'arch/x86/kvm/x86.c';
const KVM_MAIN_C = 'virt/kvm/kvm_main.c';
const ARCH_HOST_H = 'arch/x86/include/asm/kvm_host.h';
const PARAMETERS = 'Documentation/admin-guide/kernel-parameters.txt';

const site = (id: string, file: string, within: string | null, lines: readonly string[]): SiteSpec => ({
  id: `strictBoost.${id}`,
  files: [file],
  within,
  anchors: [{ variant: 'default', lines }],
});

/** Variants are the name of the last argument of kvm_apic_set_irq(), which the trees pass through under two names. */
const delivery = (id: string, files: readonly string[], lines: (argument: string) => readonly string[]): SiteSpec => ({
  id: `strictBoost.${id}`,
  files,
  within: null,
  anchors: ['dest_map', 'rtc_status'].map((variant) => ({ variant, lines: lines(variant) })),
});

/** The slow path of delivery moved from irq_comm.c to lapic.c, and irq_comm.c went. */
const SLOW_DELIVERY = ['arch/x86/kvm/irq_comm.c', LAPIC_C];

const userModeCheck = (indent: string, inKernel: string): readonly string[] => [
  `${indent}if (READ_ONCE(vcpu->preempted) && yield_to_kernel_mode &&`,
  `${indent}    !kvm_arch_dy_has_pending_interrupt(vcpu) &&`,
  `${indent}    !${inKernel}(vcpu))`,
  `${indent}\tcontinue;`,
];

/** Whole lines, with the candidates' loop in two passes or in one; the comments go to the helper that takes the check. */
const onSpin: SiteSpec = {
  id: 'strictBoost.onSpin',
  files: [KVM_MAIN_C],
  within: 'kvm_vcpu_on_spin',
  anchors: [
    { variant: 'twoPasses', lines: userModeCheck('\t\t\t', 'kvm_arch_vcpu_in_kernel') },
    {
      variant: 'twoPassesWithComment',
      lines: [
        '',
        '\t\t\t/*',
        '\t\t\t * Treat the target vCPU as being in-kernel if it has a',
        '\t\t\t * pending interrupt, as the vCPU trying to yield may',
        '\t\t\t * be spinning waiting on IPI delivery, i.e. the target',
        '\t\t\t * vCPU is in-kernel for the purposes of directed yield.',
        '\t\t\t */',
        ...userModeCheck('\t\t\t', 'kvm_arch_vcpu_preempted_in_kernel'),
      ],
    },
    {
      variant: 'onePass',
      lines: [
        '\t\t/*',
        '\t\t * Treat the target vCPU as being in-kernel if it has a pending',
        '\t\t * interrupt, as the vCPU trying to yield may be spinning',
        '\t\t * waiting on IPI delivery, i.e. the target vCPU is in-kernel',
        '\t\t * for the purposes of directed yield.',
        '\t\t */',
        ...userModeCheck('\t\t', 'kvm_arch_vcpu_preempted_in_kernel'),
      ],
    },
  ],
};

export const strictBoostSites: readonly SiteSpec[] = [
  site('kconfig', 'arch/x86/kvm/Kconfig', null, ['config KVM_EXTERNAL_WRITE_TRACKING']),
  site('parameters', PARAMETERS, null, [
    '\t\t\tIf the value is 0 (the default), KVM will pick a period based',
    '\t\t\ton the ratio, such that a page is zapped after 1 hour on average.',
  ]),
  site('lapicStruct', LAPIC_H, 'struct kvm_lapic', ['\tint nr_lvt_entries;']),
  site('lapicHeader', LAPIC_H, null, ['static inline bool kvm_apic_has_pending_init_or_sipi(struct kvm_vcpu *vcpu)']),
  site('lapicSource', LAPIC_C, null, ['static inline void apic_clear_irr(int vec, struct kvm_lapic *apic)']),
  site('clearIrr', LAPIC_C, 'apic_clear_irr', ['\tif (unlikely(apic->apicv_active)) {']),
  site('createLapic', LAPIC_C, 'kvm_create_lapic', ['\tvcpu->arch.apic = apic;']),
  site('createLapicFailed', LAPIC_C, 'kvm_create_lapic', ['\tkfree(apic);']),
  site('freeLapic', LAPIC_C, 'kvm_free_lapic', ['\tkfree(apic);']),
  site('resetLapic', LAPIC_C, 'kvm_lapic_reset', ['\tvcpu->arch.apic_arb_prio = 0;']),
  delivery('deliverFast', [LAPIC_C], (argument) => [`\t\t\t*r += kvm_apic_set_irq(dst[i]->vcpu, irq, ${argument});`]),
  delivery('deliverAll', SLOW_DELIVERY, (argument) => [`\t\t\tr += kvm_apic_set_irq(vcpu, irq, ${argument});`]),
  delivery('deliverLowest', SLOW_DELIVERY, (argument) => ['\tif (lowest)', `\t\tr = kvm_apic_set_irq(lowest, irq, ${argument});`]),
  site('pvIpi', LAPIC_C, '__pv_send_ipi', ['\t\t\tcount += kvm_apic_set_irq(vcpu, irq, NULL);']),
  site('hvIpi', 'arch/x86/kvm/hyperv.c', null, ['\t\t/* We fail only when APIC is disabled */']),
  site('trackedStat', ARCH_HOST_H, 'struct kvm_vcpu_stat', ['\tu64 directed_yield_successful;']),
  site('trackedStatDesc', X86_C, null, ['\tSTATS_DESC_COUNTER(VCPU, directed_yield_successful),']),

  site('verdict', LAPIC_C, null, ['int kvm_lapic_find_highest_irr(struct kvm_vcpu *vcpu)']),
  site('verdictStats', ARCH_HOST_H, 'struct kvm_vcpu_stat', ['\tu64 notify_window_exits;']),
  site('verdictStatDescs', X86_C, null, ['\tSTATS_DESC_COUNTER(VCPU, notify_window_exits),']),
  site('verdictHeader', 'include/linux/kvm_host.h', null, ['bool kvm_arch_dy_has_pending_interrupt(struct kvm_vcpu *vcpu);']),
  site('wanted', KVM_MAIN_C, null, ['void kvm_vcpu_on_spin(struct kvm_vcpu *me, bool yield_to_kernel_mode)']),
  onSpin,

  site('pauseHeader', 'arch/x86/kvm/x86.h', null, ['static inline unsigned int __grow_ple_window(unsigned int val,']),
  site('pauseVmx', 'arch/x86/kvm/vmx/vmx.c', 'handle_pause', ['\tkvm_vcpu_on_spin(vcpu, true);']),
  site('pauseSvm', 'arch/x86/kvm/svm/svm.c', 'pause_interception', ['\tkvm_vcpu_on_spin(vcpu, in_kernel);']),
  site('pauseStat', ARCH_HOST_H, 'struct kvm_vcpu_stat', ['\tu64 halt_exits;']),
  site('pauseStatDesc', X86_C, null, ['\tSTATS_DESC_COUNTER(VCPU, halt_exits),']),
];
