// SPDX-License-Identifier: MIT
/** What the boots of one cell say of each other. */
import type { Attempt, CellResult } from './result.ts';

/** Ended by the machine's clock: where it cut the console off says nothing. */
const BY_THE_MACHINE: readonly string[] = ['hang', 'timeout'];

const sameAs = (a: Attempt, b: Attempt): boolean =>
  a.verdict === b.verdict && (BY_THE_MACHINE.includes(a.verdict) || a.bytes === undefined || b.bytes === undefined || a.bytes === b.bytes);

/** Whether all boots gave the same, as far as they came to an end of their own. */
export function sameOutcome(attempts: readonly Attempt[]): boolean {
  const own = attempts.filter((a) => a.outside !== true);
  return own.every((a) => sameAs(own[0]!, a));
}

/** Cells whose boots did not all give the same: in virtual time there must be none, as a retry is a repeat. */
export const unequalRetries = (cells: readonly CellResult[]): CellResult[] => cells.filter(({ attempts = [] }) => !sameOutcome(attempts));
