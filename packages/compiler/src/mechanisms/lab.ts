// SPDX-License-Identifier: MIT
import type { BoundTree } from '../mechanism.ts';
import type { PlannedPatch } from '../plan.ts';

/** Sites the lab's host patches need; the same in every tree. */
export const labSites: readonly string[] = [
  'lab.kconfig',
  'lab.vcpuRun',
  'lab.includes',
  'lab.vcpuSvm',
  'lab.moduleParams',
  'lab.exitHandlers',
  'lab.pauseHandler',
  'lab.hardwareSetup',
  'lab.vcpuCreate',
  'lab.yieldTo',
  'lab.yielded',
  'lab.apicTimer',
];

/**
 * A PAUSE that exits costs tens of microseconds under TCG, so a handful in a row is a long wait already, and two of
 * one loop are as far apart as an exit and an entry take. The first values at which loops were found; not a sweep.
 */
const PAUSE_WINDOW = 8;
const PAUSE_GAP_CYCLES = 1_000_000;
/** The same distance for what is counted of a wait, which goes by the host's clock. */
const SPIN_GAP_NS = 1_000_000;
/** The last one counts runs of 2^15 loops and more. */
const RUN_BUCKETS = 16;

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
        { kind: 'insertAfter', site: 'lab.moduleParams', template: 'lab/injection-param.c' },
        { kind: 'insertBefore', site: 'lab.vcpuRun', template: 'lab/vcpu-run.c' },
      ],
      data: {},
    },
    {
      subject: 'KVM: SVM: Filter and count PAUSE in software in the lab',
      changelog: 'lab/pause.msg',
      edits: [
        { kind: 'insertBefore', site: 'lab.includes', template: 'lab/includes.c' },
        { kind: 'insertAfter', site: 'lab.vcpuSvm', template: 'lab/vcpu-svm.h' },
        // The later of two is in front.
        { kind: 'insertAfter', site: 'lab.moduleParams', template: 'lab/pause-filter.c' },
        { kind: 'insertAfter', site: 'lab.moduleParams', template: 'lab/pause-count.c' },
        { kind: 'insertBefore', site: 'lab.exitHandlers', template: 'lab/pause-interception.c' },
        { kind: 'replace', site: 'lab.pauseHandler', template: 'lab/pause-handler.c' },
        { kind: 'insertAfter', site: 'lab.hardwareSetup', template: 'lab/hardware-setup.c' },
        { kind: 'insertBefore', site: 'lab.vcpuRun', template: 'lab/pause-update.c' },
        { kind: 'insertAfter', site: 'lab.vcpuCreate', template: 'lab/vcpu-create.c' },
      ],
      data: { window: PAUSE_WINDOW, gap: PAUSE_GAP_CYCLES, spinGap: SPIN_GAP_NS, runBuckets: RUN_BUCKETS },
    },
    {
      subject: 'KVM: Count directed yields in the lab',
      changelog: 'lab/yields.msg',
      edits: [
        { kind: 'insertBefore', site: 'lab.yieldTo', template: 'lab/yields.c' },
        { kind: 'insertAfter', site: 'lab.yielded', template: 'lab/yielded.c' },
      ],
      data: {},
    },
    {
      subject: "x86/apic: Take the timer's frequency from the lab's command line",
      changelog: 'lab/lapic.msg',
      edits: [{ kind: 'insertAfter', site: 'lab.apicTimer', template: 'lab/lapic.c' }],
      data: {},
    },
  ];
}
