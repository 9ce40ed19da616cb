// SPDX-License-Identifier: MIT
import type { SiteSpec } from '../facts.ts';

const UAPI_H = 'arch/x86/include/uapi/asm/kvm_para.h';
const KERNEL_H = 'arch/x86/include/asm/kvm_para.h';

const site = (id: string, file: string, lines: readonly string[]): SiteSpec => ({
  id: `ecsAbi.${id}`,
  files: [file],
  within: null,
  anchors: [{ variant: 'default', lines }],
});

export const ecsAbiSites: readonly SiteSpec[] = [
  site('feature', UAPI_H, ['#define KVM_FEATURE_MIGRATION_CONTROL\t17']),
  site('msr', UAPI_H, ['#define MSR_KVM_MIGRATION_CONTROL\t0x4b564d08']),
  site('area', UAPI_H, ['#define KVM_MAX_MMU_OP_BATCH           32']),
  site('include', KERNEL_H, ['#include <linux/interrupt.h>']),
  site('assert', KERNEL_H, ['#include <asm/tdx.h>']),
  site('cpuid', 'Documentation/virt/kvm/x86/cpuid.rst', [
    'KVM_FEATURE_MIGRATION_CONTROL      17          guest checks this feature bit before',
    '                                               using MSR_KVM_MIGRATION_CONTROL',
  ]),
  /** The end of the document. */
  site('msrText', 'Documentation/virt/kvm/x86/msr.rst', [
    '        ``KVM_HC_MAP_GPA_RANGE`` hypercall, it can set bit 0 in this MSR to',
    '        allow live migration of the guest.',
  ]),
  site('index', 'Documentation/virt/kvm/x86/index.rst', ['   cpuid']),
];
