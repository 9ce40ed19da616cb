// SPDX-License-Identifier: MIT
import type { BoundTree } from '../mechanism.ts';
import type { PlannedPatch } from '../plan.ts';

/** Sites the lab's host patches need; the same in every tree. */
export const labSites: readonly string[] = [
  'lab.kconfig',
  'lab.vcpuRun',
  'lab.vcpuSvm',
  'lab.moduleParams',
  'lab.pauseInterception',
  'lab.hardwareSetup',
];

/**
 * A PAUSE that exits costs tens of microseconds under TCG, so eight in a row are as long a wait as the 3000 of the
 * real filter, and two of one loop are as far apart as an exit and an entry take.
 */
const PAUSE_WINDOW = 8;
const PAUSE_GAP_CYCLES = 1_000_000;

/**
 * What QEMU's TCG needs of a host kernel (L1) before anything can be nested in it and make PAUSE exits.
 * Never part of a shipped series: the lab adds these patches behind the series under test.
 */
export function labL1Patches(_tree: BoundTree): readonly PlannedPatch[] {
  return [
    {
      subject: 'KVM: SVM: Exit after each injection in the lab',
      changelog: 'lab/injection.msg',
      edits: [
        { kind: 'insertAfter', site: 'lab.kconfig', template: 'lab/Kconfig' },
        { kind: 'insertBefore', site: 'lab.vcpuRun', template: 'lab/vcpu-run.c' },
      ],
      data: {},
    },
    {
      subject: 'KVM: SVM: Filter PAUSE in software in the lab',
      changelog: 'lab/pause.msg',
      edits: [
        { kind: 'insertAfter', site: 'lab.vcpuSvm', template: 'lab/vcpu-svm.h' },
        { kind: 'insertAfter', site: 'lab.moduleParams', template: 'lab/pause-filter.c' },
        { kind: 'insertBefore', site: 'lab.pauseInterception', template: 'lab/pause-interception.c' },
        { kind: 'insertAfter', site: 'lab.hardwareSetup', template: 'lab/hardware-setup.c' },
      ],
      data: { window: PAUSE_WINDOW, gap: PAUSE_GAP_CYCLES },
    },
  ];
}
