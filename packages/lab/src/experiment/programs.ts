// SPDX-License-Identifier: MIT
/** What each program of an experiment needs in the guest's image, and how the guest's init is told what to do. */
import type { Program, Workload } from '@unspin/experiment';
import type { BootToolName } from '../boot/tools.ts';

/** Where one program comes from. */
export interface ProgramSource {
  /** Programs of Debian packages, with their libraries: tool → name in the image's /bin. */
  readonly packaged?: Readonly<Partial<Record<BootToolName, string>>>;
  /** Programs of our own, compiled from packages/lab/guest/<name>.c. */
  readonly own?: readonly string[];
  /** Needs the kernel module built with the kernel. */
  readonly module?: true;
  /** Kernel configuration added for it: packages/lab/configs/<name>.config. */
  readonly config?: 'inet';
  /** Other files: path in the image → tool that is a file, or its first lines; file in packages/lab/guest; text. */
  readonly files?: Readonly<Record<string, { readonly tool: BootToolName; readonly lines?: number } | { readonly guest: string } | { readonly text: string }>>;
}

export const PROGRAM_SOURCES: Readonly<Record<Program, ProgramSource>> = {
  hackbench: { packaged: { hackbench: 'hackbench' } },
  // The whole load is 25 MiB, more than any run gets through; dbench begins again at the end of what it is given.
  dbench: { packaged: { dbench: 'dbench' }, files: { 'share/client.txt': { tool: 'dbenchLoad', lines: 40_000 } } },
  apache: {
    packaged: { apache: 'httpd', wrk: 'wrk' },
    config: 'inet',
    own: ['text'],
    files: {
      // Apache's threads do not run as root.
      'etc/passwd': { text: 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n' },
      'etc/group': { text: 'root:x:0:\nnogroup:x:65534:\n' },
      'share/httpd.conf': { guest: 'httpd.conf' },
      'share/modules/mod_mpm_event.so': { tool: 'apacheMpmEvent' },
      'share/modules/mod_authz_core.so': { tool: 'apacheAuthzCore' },
    },
  },
  pbzip2: { packaged: { pbzip2: 'pbzip2' }, own: ['timed', 'text'] },
  'stress-ng': { packaged: { stressNg: 'stress-ng' } },
  'lock-latency': { module: true },
  'lock-holder': { module: true },
  'lock-loop': { module: true },
  'tlb-shootdown': { own: ['tlb-shootdown'] },
  'cpu-bound': { own: ['cpu-bound'] },
};

/** Names of the kernel configurations that programs need. */
export const configOfPrograms = (programs: readonly Program[]): readonly NonNullable<ProgramSource['config']>[] => [...new Set(programs.flatMap((p) => PROGRAM_SOURCES[p].config ?? []))];

/** Words for the guest's init: the program and its settings, in the order programs.sh reads them. */
export function programArguments(workload: Workload): readonly string[] {
  return [workload.program, ...settings(workload).map(String)];
}

function settings(w: Workload): readonly (string | number)[] {
  switch (w.program) {
    case 'hackbench':
      return [w.groups, w.pairs, w.messages, w.rounds];
    case 'dbench':
      return [w.clients, w.seconds];
    case 'apache':
      return [w.connections, w.threads, w.seconds];
    case 'pbzip2':
      return [w.kib, w.threads];
    case 'stress-ng':
      return [w.stressor, w.workers, w.operations];
    case 'lock-latency':
      return [w.primitive, w.threads, w.pairs, w.holdNs, w.thinkNs];
    case 'lock-holder':
      return [w.threads, w.pairs, w.holdNs, w.thinkNs];
    case 'tlb-shootdown':
      return [w.receivers, w.rounds];
    case 'cpu-bound':
      return [w.threads, w.seconds];
    case 'lock-loop':
      return [w.threads, w.seconds, w.holdNs];
  }
}
