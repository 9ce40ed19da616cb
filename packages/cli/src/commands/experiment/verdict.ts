// SPDX-License-Identifier: MIT
/** What fails a run: cells that did not finish, and boots that did not give the bytes they must. Never what it finds. */
import type { Diagnostic } from '@unspin/diagnostics';
import { cellId, unequalRetries, type Clock, type RepeatCheck } from '@unspin/experiment';
import { resultOf, type StoredCell } from '@unspin/lab';

export interface Judged {
  readonly clock: Clock;
  readonly stored: readonly StoredCell[];
  readonly repeats: readonly RepeatCheck[];
}

const error = (message: string, help?: string): Diagnostic => ({ code: 'LAB_VERDICT', severity: 'error', message, ...(help === undefined ? {} : { help }) });

/** More of them say no more. */
const MOST_NAMED = 5;

/** `consoles`: where those of failed cells are, as printed. */
export const runVerdict = ({ clock, stored, repeats }: Judged, consoles: string): Diagnostic[] => [
  ...lost(stored, `consoles are in ${consoles}; --retry-failed boots these cells again`),
  ...unequalBoots(clock, stored),
  ...repeats.filter((r) => r.first !== r.again).map((r) => error(`${cellId(r.cell)}: a repeat gave other bytes`)),
];

const attemptsText = ({ attempts }: StoredCell): string => attempts.map((a) => a.verdict).join(', then ');

export function lost(stored: readonly StoredCell[], help: string): Diagnostic[] {
  const failed = stored.filter((s) => s.result.outcome.kind === 'failed');
  if (failed.length === 0) return [];
  const named = failed.slice(0, MOST_NAMED).map((s) => `  ${cellId(s.result.cell)}: ${attemptsText(s)}: ${s.attempts.at(-1)?.evidence ?? ''}`);
  return [error([`${failed.length} cell${failed.length === 1 ? '' : 's'} did not finish`, ...named].join('\n'), help)];
}

/** In virtual time a retry is a repeat. That it passes does not mend the first boot: one of them is not what the seed gives. */
export function unequalBoots(clock: Clock, stored: readonly StoredCell[]): Diagnostic[] {
  if (clock !== 'virtual') return [];
  const unequal = new Set(unequalRetries(stored.map(resultOf)).map((r) => cellId(r.cell)));
  return stored
    .filter((s) => unequal.has(cellId(s.result.cell)))
    .map((s) => error(`${cellId(s.result.cell)}: ${attemptsText(s)}: boots of one cell gave different things in virtual time`, s.attempts.some((a) => ['hang', 'timeout'].includes(a.verdict)) ? "hang and timeout are by the machine's clock: it may have been too busy, or stopped" : undefined));
}
