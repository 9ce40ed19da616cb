// SPDX-License-Identifier: MIT
import type { BootResult } from '../console/result.ts';

/** Growth of every counter within one phase, by `<source>.<counter>`, e.g. `kvm.directed_yield_attempted`. */
export type PhaseCounters = Readonly<Record<string, number>>;

/** The kernel ran as host and as guest; guests' lines are in the console with a prefix. */
export interface SmokeResult extends BootResult {
  /** By phase: `off` and `on`. */
  readonly counters: Readonly<Record<string, PhaseCounters>>;
}
