// SPDX-License-Identifier: MIT
import type { VerdictKind } from '../console/verdict.ts';

export interface SmokeCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** Growth of every counter within one phase, by `<source>.<counter>`, e.g. `kvm.directed_yield_attempted`. */
export type PhaseCounters = Readonly<Record<string, number>>;

export interface SmokeAccel {
  readonly kind: 'kvm' | 'tcg';
  /** Why this one: printed in every report. */
  readonly reason: string;
}

export interface SmokeResult {
  readonly verdict: VerdictKind;
  /** What decided it: a console line, a check, or how QEMU ended. */
  readonly evidence: string;
  readonly checks: readonly SmokeCheck[];
  /** By phase: `off` and `on`. */
  readonly counters: Readonly<Record<string, PhaseCounters>>;
  readonly accel: SmokeAccel;
  /** Which clock the host ran by, and why. */
  readonly clock: string;
  readonly qemuVersion: string;
  /** Name of the tree the kernel was built from, e.g. "6.12". */
  readonly tree: string;
  /** `uname -r` of the kernel that ran as host and guest, or '' if it never said. */
  readonly kernel: string;
  /** Lab-only changes the host kernel had in effect; a report must name them. */
  readonly labPatches: readonly string[];
  /** Wall time of the whole run. */
  readonly seconds: number;
  /** Console of the host, guests' lines included with a prefix; path as given by the caller's work directory. */
  readonly console: string;
}
