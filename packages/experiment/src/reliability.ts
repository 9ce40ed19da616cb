// SPDX-License-Identifier: MIT
/** How many boots it took, and what became of them: losses are results too. */
import { cellId, type Cell, type CellResult, type JournalEntry, type RepeatCheck } from './result.ts';

export interface Failure {
  readonly cell: Cell;
  readonly verdict: string;
  readonly evidence: string;
}

export interface Reliability {
  readonly planned: number;
  /** Cells with a result, be it a failure. */
  readonly attempted: number;
  readonly finished: number;
  readonly failed: readonly Failure[];
  /** How often each verdict, most frequent first. */
  readonly verdicts: readonly { readonly verdict: string; readonly cells: number }[];
  /** Failures by arm: an arm that fails more often is no fair comparison. */
  readonly failedByArm: Readonly<Record<string, number>>;
  /** Boots beyond the first of a cell, where a journal was kept. */
  readonly retries?: number;
  readonly repeats: readonly { readonly cell: Cell; readonly equal: boolean }[];
}

export function reliabilityOf(plan: readonly Cell[], cells: readonly CellResult[], repeats: readonly RepeatCheck[], journal: readonly JournalEntry[]): Reliability {
  const failed = cells.flatMap(({ cell, outcome }): Failure[] => (outcome.kind === 'failed' ? [{ cell, verdict: outcome.verdict, evidence: outcome.evidence }] : []));
  const known = new Set([...plan, ...cells.map((c) => c.cell)].map(cellId));
  return {
    planned: known.size,
    attempted: cells.length,
    finished: cells.length - failed.length,
    failed,
    verdicts: Object.entries(counted(failed.map((f) => f.verdict)))
      .map(([verdict, count]) => ({ verdict, cells: count }))
      .sort((a, b) => b.cells - a.cells || (a.verdict < b.verdict ? -1 : 1)),
    failedByArm: counted(failed.map((f) => f.cell.arm)),
    ...(journal.length === 0 ? {} : { retries: journal.filter((entry) => entry.attempt > 1).length }),
    repeats: repeats.map(({ cell, first, again }) => ({ cell, equal: first === again })),
  };
}

function counted(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
