// SPDX-License-Identifier: MIT
import { cellId, type Cell, type CellResult, type JournalEntry, type RepeatCheck } from '@unspin/experiment';
import { fail, ok, type Result } from '@unspin/diagnostics';
import { diskFull, isDiskFull } from '../free-space.ts';
import { interrupted } from '../run.ts';
import { sha256 } from '../series.ts';
import type { BootedCell } from './boot-cell.ts';
import type { CellStore, StoredCell } from './store.ts';

export interface RunRequest {
  readonly cells: readonly Cell[];
  /** Content key of all that goes into a cell's boot. */
  readonly keyOf: (cell: Cell) => string;
  /** `slot` is below `jobs`, and no two boots have the same one at a time. Fails only where nothing can be booted at all. */
  readonly boot: (cell: Cell, slot: number) => Promise<Result<BootedCell>>;
  readonly store: CellStore;
  /** Boots cells again that failed in earlier runs. What became of those boots is kept. */
  readonly retryFailed?: boolean;
  /** Boots at a time. */
  readonly jobs: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: RunProgress) => void;
}

export interface RunProgress {
  readonly done: number;
  readonly of: number;
  readonly cell: Cell;
  readonly entry: JournalEntry;
  /** Whether the cell is going to be tried once more. */
  readonly again: boolean;
  /** Of the machine's time, by what cells took so far in this run. */
  readonly leftSeconds: number;
}

export interface RunCells {
  /** In the order of the plan. */
  readonly cells: readonly StoredCell[];
  /** How many were there from earlier runs. */
  readonly kept: number;
}

const ATTEMPTS = 2;

/** A cell that failed and has not had all attempts was interrupted between them. */
const isFinished = ({ result, attempts }: StoredCell, retryFailed: boolean): boolean => result.outcome.kind === 'done' || (!retryFailed && attempts.length % ATTEMPTS === 0);

/**
 * Runs every cell that is not in the store, each at most twice, and keeps each boot as soon as it has ended: no interruption makes a
 * failure forgotten.
 */
export async function runCells(request: RunRequest): Promise<Result<RunCells>> {
  const { cells, keyOf, store, jobs, signal, retryFailed = false } = request;
  const finished = new Map<string, StoredCell>();
  const earlier = new Map<string, readonly JournalEntry[]>();
  for (const cell of cells) {
    const known = store.get(keyOf(cell));
    if (known === undefined) continue;
    if (isFinished(known, retryFailed)) finished.set(cellId(cell), known);
    else earlier.set(cellId(cell), known.attempts);
  }
  const kept = finished.size;
  const waiting = cells.filter((cell) => !finished.has(cellId(cell)));
  const failures: Result<never>[] = [];
  let spent = 0;
  let ran = 0;

  const report = (cell: Cell, entry: JournalEntry, again: boolean): void => {
    spent += entry.seconds;
    ran++;
    const left = cells.length - finished.size;
    request.onProgress?.({ done: finished.size, of: cells.length, cell, entry, again, leftSeconds: ((spent / ran) * left) / Math.min(jobs, Math.max(left, 1)) });
  };
  const worker = async (slot: number): Promise<void> => {
    for (let cell = waiting.shift(); cell !== undefined && failures.length === 0; cell = waiting.shift()) {
      const attempts: JournalEntry[] = [...(earlier.get(cellId(cell)) ?? [])];
      const last = attempts.length - (attempts.length % ATTEMPTS) + ATTEMPTS;
      for (let attempt = attempts.length + 1; attempt <= last; attempt++) {
        if (signal?.aborted === true) return;
        const booted = await request.boot(cell, slot);
        if (!booted.ok) {
          failures.push(booted);
          return;
        }
        const { result, seconds } = booted.value;
        const verdict = result.outcome.kind === 'done' ? 'pass' : result.outcome.verdict;
        // An interrupted boot says nothing of the cell.
        if (verdict === 'interrupted') return;
        const outside = wasEndedOutside(booted.value);
        attempts.push({ cell, attempt, seconds, verdict, evidence: result.outcome.kind === 'done' ? '' : result.outcome.evidence, bytes: bytesOf(result), ...(outside ? { outside } : {}) });
        const again = result.outcome.kind === 'failed' && attempt < last;
        const stored: StoredCell = { result, attempts };
        await store.put(keyOf(cell), stored);
        if (!again) finished.set(cellId(cell), stored);
        report(cell, attempts.at(-1)!, again);
        if (!again) break;
      }
    }
  };
  const full = (error: unknown): void => {
    if (!isDiskFull(error)) throw error;
    failures.push(fail([diskFull((error as Error).message)]));
  };
  await Promise.all(Array.from({ length: Math.max(1, jobs) }, (_, slot) => worker(slot).catch(full)));

  const [failure] = failures;
  if (failure !== undefined) return failure;
  if (signal?.aborted === true) return fail([interrupted(`${finished.size} of ${cells.length} cells are finished and kept`)]);
  return ok({ cells: cells.flatMap((cell) => finished.get(cellId(cell)) ?? []), kept });
}

/** Boots finished cells once more, and again those that were ended from outside, which says nothing of them. */
export async function repeatCells(stored: readonly StoredCell[], { boot, jobs, signal }: Pick<RunRequest, 'boot' | 'jobs' | 'signal'>): Promise<Result<readonly RepeatCheck[]>> {
  const waiting = [...stored];
  const repeats: RepeatCheck[] = [];
  const failures: Result<never>[] = [];
  const worker = async (slot: number): Promise<void> => {
    for (let first = waiting.shift(); first !== undefined && failures.length === 0 && signal?.aborted !== true; first = waiting.shift()) {
      let second = await boot(first.result.cell, slot);
      if (second.ok && wasEndedOutside(second.value)) second = await boot(first.result.cell, slot);
      if (!second.ok) failures.push(second);
      else repeats.push({ cell: first.result.cell, first: bytesOf(first.result), again: bytesOf(second.value.result) });
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, jobs) }, (_, slot) => worker(slot)));
  const [failure] = failures;
  if (failure !== undefined) return failure;
  return signal?.aborted === true ? fail([interrupted('repeating cells')]) : ok(repeats);
}

const wasEndedOutside = ({ result: { outcome }, outside }: BootedCell): boolean => outside === true || (outcome.kind === 'failed' && outcome.verdict === 'infrastructure');

/** sha256 of all that a boot gave: its measurements or how it failed, and its console. */
const bytesOf = (result: CellResult): string => sha256(JSON.stringify([result.outcome, result.consoleSha256]));
