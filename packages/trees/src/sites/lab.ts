// SPDX-License-Identifier: MIT
import type { SiteSpec } from '../facts.ts';

const SVM_C = 'arch/x86/kvm/svm/svm.c';
const KVM_MAIN_C = 'virt/kvm/kvm_main.c';

const site = (id: string, file: string, within: string | null, lines: readonly string[]): SiteSpec => ({
  id,
  files: [file],
  within,
  anchors: [{ variant: 'default', lines }],
});

/** Where the lab's host-only patches go; no shipped series uses them. */
export const labSites: readonly SiteSpec[] = [
  site('lab.kconfig', 'arch/x86/kvm/Kconfig', null, [
    '\t  To compile this as a module, choose M here: the module',
    '\t  will be called kvm-amd.',
  ]),
  site('lab.vcpuSvm', 'arch/x86/kvm/svm/svm.h', 'struct vcpu_svm', ['\tstruct vcpu_sev_es_state sev_es;']),
  site('lab.includes', SVM_C, null, ['#include <linux/module.h>']),
  site('lab.moduleParams', SVM_C, null, ['module_param(pause_filter_count_max, ushort, 0444);']),
  site('lab.exitHandlers', SVM_C, null, ['static int (*const svm_exit_handlers[])(struct kvm_vcpu *vcpu) = {']),
  site('lab.pauseHandler', SVM_C, null, ['\t[SVM_EXIT_PAUSE]\t\t\t= pause_interception,']),
  site('lab.vcpuRun', SVM_C, 'svm_vcpu_run', [
    '\tif (force_immediate_exit)',
    '\t\tsmp_send_reschedule(vcpu->cpu);',
  ]),
  site('lab.hardwareSetup', SVM_C, 'svm_hardware_setup', [
    '\tif (!boot_cpu_has(X86_FEATURE_PAUSEFILTER)) {',
    '\t\tpause_filter_count = 0;',
    '\t\tpause_filter_thresh = 0;',
    '\t} else if (!boot_cpu_has(X86_FEATURE_PFTHRESHOLD)) {',
    '\t\tpause_filter_thresh = 0;',
    '\t}',
  ]),
  site('lab.vcpuCreate', SVM_C, 'svm_vcpu_create', ['\tsvm->guest_state_loaded = false;']),
  site('lab.yieldTo', KVM_MAIN_C, null, ['int kvm_vcpu_yield_to(struct kvm_vcpu *target)']),
  site('lab.yielded', KVM_MAIN_C, 'kvm_vcpu_yield_to', ['\tret = yield_to(task, 1);']),
  site('lab.apicTimer', 'arch/x86/kernel/apic/apic.c', null, ['unsigned int lapic_timer_period = 0;']),
];
