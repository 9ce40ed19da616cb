// SPDX-License-Identifier: MIT
import type { SiteSpec } from '../facts.ts';

const KVM_MAIN_C = 'virt/kvm/kvm_main.c';
const PV_SPINLOCKS_C = 'arch/x86/kernel/paravirt-spinlocks.c';

const site = (id: string, file: string, lines: readonly string[]): SiteSpec => ({
  id: `spin.${id}`,
  files: [file],
  within: null,
  anchors: [{ variant: 'default', lines }],
});

/** A definition that some trees put in a section of its own; the variant says whether this one does. */
const annotated = (id: string, file: string, annotation: string, line: (annotation: string) => string): SiteSpec => ({
  id: `spin.${id}`,
  files: [file],
  within: null,
  anchors: [
    { variant: 'plain', lines: [line('')] },
    { variant: 'annotated', lines: [line(`${annotation} `)] },
  ],
});

export const spinSites: readonly SiteSpec[] = [
  site('pvLockKconfig', 'arch/x86/Kconfig', ['config X86_HV_CALLBACK_VECTOR']),
  site('pvLockParameters', 'Documentation/admin-guide/kernel-parameters.txt', [
    "\t\t\t[KNL] Number of legacy pty's. Overwrites compiled-in",
    '\t\t\tdefault number.',
  ]),
  site('pvLockThreshold', 'arch/x86/include/asm/spinlock.h', ['#define SPIN_THRESHOLD\t(1 << 15)']),
  site('pvLockIncludes', PV_SPINLOCKS_C, ['#include <linux/jump_label.h>']),
  site('pvLockParameter', PV_SPINLOCKS_C, ['__visible void __native_queued_spin_unlock(struct qspinlock *lock)']),

  site('kvmKconfig', 'arch/x86/kvm/Kconfig', ['config KVM_EXTERNAL_WRITE_TRACKING']),
  site('pleDefaults', 'arch/x86/kvm/x86.h', [
    '#define KVM_DEFAULT_PLE_GAP\t\t128',
    '#define KVM_VMX_DEFAULT_PLE_WINDOW\t4096',
    '#define KVM_DEFAULT_PLE_WINDOW_GROW\t2',
    '#define KVM_DEFAULT_PLE_WINDOW_SHRINK\t0',
    '#define KVM_VMX_DEFAULT_PLE_WINDOW_MAX\tUINT_MAX',
    '#define KVM_SVM_DEFAULT_PLE_WINDOW_MAX\tUSHRT_MAX',
    '#define KVM_SVM_DEFAULT_PLE_WINDOW\t3000',
  ]),
  annotated('pleSvmGap', 'arch/x86/kvm/svm/svm.c', '__ro_after_init', (a) => `static unsigned short ${a}pause_filter_thresh = KVM_DEFAULT_PLE_GAP;`),

  site('haltPollDefault', 'arch/x86/include/asm/kvm_host.h', ['#define KVM_HALT_POLL_NS_DEFAULT 200000']),
  site('haltPollFallback', KVM_MAIN_C, ['/* Architectures should define their poll value according to the halt latency */']),
  annotated('haltPollGrow', KVM_MAIN_C, '__read_mostly', (a) => `unsigned int ${a}halt_poll_ns_grow = 2;`),
  annotated('haltPollGrowStart', KVM_MAIN_C, '__read_mostly', (a) => `unsigned int ${a}halt_poll_ns_grow_start = 10000; /* 10us */`),
  {
    id: 'spin.haltPollShrink',
    files: [KVM_MAIN_C],
    within: null,
    anchors: [
      { variant: 'resets', lines: ['unsigned int halt_poll_ns_shrink;'] },
      { variant: 'halves', lines: ['unsigned int halt_poll_ns_shrink = 2;'] },
      { variant: 'halvesAnnotated', lines: ['unsigned int __read_mostly halt_poll_ns_shrink = 2;'] },
    ],
  },
];
