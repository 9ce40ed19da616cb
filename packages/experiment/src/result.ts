// SPDX-License-Identifier: MIT
/** What one cell of an experiment gave. Nothing in it depends on the machine's own time: in virtual time a repeat is equal to the byte. */

/** One boot: one tree, scenario, arm and seed. */
export interface Cell {
  readonly tree: string;
  readonly scenario: string;
  readonly arm: string;
  readonly seed: number;
}

export const cellId = ({ tree, scenario, arm, seed }: Cell): string => `${tree}/${scenario}/${arm}/${seed}`;

/** Latencies in power-of-two buckets: `counts[i]` of them took less than 2^i ns, and at least 2^(i-1) ns. */
export interface Histogram {
  readonly counts: readonly number[];
}

/** Growth of a vCPU thread's times on the host while the load ran. */
export interface VcpuTimes {
  readonly runNs: number;
  /** Runnable, and waiting for a pCPU: what a guest calls steal time. */
  readonly stealNs: number;
  /** An estimate of the part of its run time that it spent in PAUSE loops; left out where the host counts no PAUSE. */
  readonly spinNs?: number | undefined;
}

export interface VmResult {
  readonly name: string;
  /** What the workload reports, by the names in REPORTS. A co-runner that was stopped reports nothing. */
  readonly reports: Readonly<Record<string, number>>;
  readonly latencies: Readonly<Record<string, Histogram>>;
  readonly vCpus: readonly VcpuTimes[];
  /** Growth of KVM's and the mechanisms' counters of this VM, by name: `pause_exits`, `strict_boost_user_receiver`. */
  readonly counters: Readonly<Record<string, number>>;
}

/** Run time of each VM's vCPUs, sampled in windows of equal length: fairness over time (eCS figure 7). */
export interface Timeline {
  readonly windowNs: number;
  /** By VM: ns of CPU time in each window. */
  readonly runNs: Readonly<Record<string, readonly number[]>>;
}

export interface CellMeasurements {
  /** From the moment all guests were told to start until the last one that counts was done, by the host's clock. */
  readonly loadNs: number;
  readonly vms: readonly VmResult[];
  /** Growth of the host's own counters, with their source: `deboost.applied`, `sched.yields`, `lab.pause_loops`. */
  readonly host: Readonly<Record<string, number>>;
  readonly timeline: Timeline;
}

export type CellOutcome =
  | { readonly kind: 'done'; readonly measurements: CellMeasurements }
  /** `verdict` as the lab's consoles are judged: panic, hang, timeout, lost-vm, … */
  | { readonly kind: 'failed'; readonly verdict: string; readonly evidence: string };

export interface CellResult {
  readonly cell: Cell;
  readonly outcome: CellOutcome;
  /** sha256 of the host's console, the guests' included. Equal where a repeat was equal to the byte. */
  readonly consoleSha256: string;
  /** All boots it took, in order; the last one gave the outcome. Left out: written before they were kept. */
  readonly attempts?: readonly Attempt[];
}

/** One boot of a cell. */
export interface Attempt {
  /** `pass`, or the verdict it failed with. */
  readonly verdict: string;
  /** sha256 of all it gave: measurements or how it failed, and console. Left out: written before it was kept. */
  readonly bytes?: string;
  /** It was ended from outside, or never began: QEMU was killed, or could not run. It says nothing of the cell. */
  readonly outside?: true;
}

/** A program or file that was put in an image. */
export interface GuestProgram {
  readonly name: string;
  readonly sha256: string;
  /** The Debian package it is from; left out: of other origin. */
  readonly package?: { readonly name: string; readonly version: string };
}

/** What a tree's results stand on; one per tree of a run. */
export interface TreeProvenance {
  readonly tree: string;
  /** e.g. "6.12.117". */
  readonly version: string;
  readonly patches: readonly { readonly name: string; readonly sha256: string }[];
  /** Results from before their hashes were kept have names alone. */
  readonly labPatches: readonly { readonly name: string; readonly sha256?: string }[];
  readonly configSha256: string;
  readonly kernelSha256: string;
  readonly gcc: string;
  readonly qemu: string;
  readonly guestQemu: string;
  /** Of all that is in the host's image and in the guests' image within: names, modes and contents. Left out: written before it was kept. */
  readonly imagesSha256?: string;
  /** What the images have of packages. Left out: written before it was kept. */
  readonly guestPrograms?: readonly GuestProgram[];
  readonly accel: string;
  readonly accelReason: string;
}

/** A cell that was run a second time, and the hashes of both consoles: in virtual time they must be equal. */
export interface RepeatCheck {
  readonly cell: Cell;
  readonly first: string;
  readonly again: string;
}

/** A boot with what only this machine says of it, which is not part of the results. */
export interface JournalEntry extends Attempt {
  readonly cell: Cell;
  readonly attempt: number;
  readonly seconds: number;
  readonly evidence: string;
}
