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
}

/** What a tree's results stand on; one per tree of a run. */
export interface TreeProvenance {
  readonly tree: string;
  /** e.g. "6.12.117". */
  readonly version: string;
  readonly patches: readonly { readonly name: string; readonly sha256: string }[];
  readonly labPatches: readonly string[];
  readonly configSha256: string;
  readonly kernelSha256: string;
  readonly gcc: string;
  readonly qemu: string;
  readonly guestQemu: string;
  readonly accel: string;
  readonly accelReason: string;
}

/** A cell that was run a second time, and the hashes of both consoles: in virtual time they must be equal. */
export interface RepeatCheck {
  readonly cell: Cell;
  readonly first: string;
  readonly again: string;
}

/** What happened on this machine while running: not part of the results. */
export interface JournalEntry {
  readonly cell: Cell;
  readonly attempt: number;
  readonly seconds: number;
  readonly verdict: string;
  readonly evidence: string;
}
