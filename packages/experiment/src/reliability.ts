// SPDX-License-Identifier: MIT
/** How many boots it took, and what became of them: losses are results too. */
import { sameOutcome } from './attempts.ts';
import { cellId, type Attempt, type Cell, type CellResult, type JournalEntry, type RepeatCheck } from './result.ts';

export interface Failure {
  readonly cell: Cell;
  readonly verdict: string;
  readonly evidence: string;
}

/** A cell that took more than one boot. */
export interface Retried {
  readonly cell: Cell;
  /** Of each boot, in order; with `from outside` where it says nothing of the cell. */
  readonly verdicts: readonly string[];
  /** Whether all boots gave the same, those ended from outside left aside: in virtual time they must. */
  readonly equal: boolean;
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
  /** Boots beyond the first of a cell, where they were kept. */
  readonly retries?: number;
  readonly retried: readonly Retried[];
  /** The same of boots, also those of cells that finished in the end; without those ended from outside. */
  readonly failedBootsByArm: Readonly<Record<string, number>>;
  readonly repeats: readonly { readonly cell: Cell; readonly equal: boolean }[];
}

/** By cell. Results that have none of their own take those of the machine's journal. */
function attemptsOf(cells: readonly CellResult[], journal: readonly JournalEntry[]): { readonly cell: Cell; readonly attempts: readonly Attempt[] }[] {
  return cells.map(({ cell, attempts }) => ({ cell, attempts: attempts ?? journal.filter((entry) => cellId(entry.cell) === cellId(cell)) })).filter(({ attempts }) => attempts.length > 0);
}

export function reliabilityOf(plan: readonly Cell[], cells: readonly CellResult[], repeats: readonly RepeatCheck[], journal: readonly JournalEntry[]): Reliability {
  const failed = cells.flatMap(({ cell, outcome }): Failure[] => (outcome.kind === 'failed' ? [{ cell, verdict: outcome.verdict, evidence: outcome.evidence }] : []));
  const boots = attemptsOf(cells, journal);
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
    ...(boots.length === 0 ? {} : { retries: boots.reduce((sum, { attempts }) => sum + attempts.length - 1, 0) }),
    retried: boots.flatMap(({ cell, attempts }): Retried[] => (attempts.length < 2 ? [] : [{ cell, verdicts: attempts.map((a) => (a.outside === true ? `${a.verdict} from outside` : a.verdict)), equal: sameOutcome(attempts) }])),
    failedBootsByArm: counted(boots.flatMap(({ cell, attempts }) => attempts.filter((a) => a.verdict !== 'pass' && a.outside !== true).map(() => cell.arm))),
    repeats: repeats.map(({ cell, first, again }) => ({ cell, equal: first === again })),
  };
}

function counted(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
