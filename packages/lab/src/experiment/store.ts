// SPDX-License-Identifier: MIT
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isRunning } from '@unspin/debian';
import { cellResultSchema, journalEntrySchema, type CellResult, type JournalEntry } from '@unspin/experiment';

/** A cell that was booted: its result, and what it took on this machine. */
export interface StoredCell {
  readonly result: CellResult;
  readonly attempts: readonly JournalEntry[];
}

/** Its result as results.jsonl has it: with what became of each boot, and without what only this machine says of them. */
export const resultOf = ({ result, attempts }: StoredCell): CellResult => ({
  ...result,
  attempts: attempts.map(({ verdict, bytes, outside }) => ({ verdict, ...(bytes === undefined ? {} : { bytes }), ...(outside === undefined ? {} : { outside }) })),
});

/** Finished cells by the content key of all that went into their boots. A cell is there whole or not at all, whenever we are killed. */
export interface CellStore {
  readonly get: (key: string) => StoredCell | undefined;
  readonly put: (key: string, cell: StoredCell) => Promise<void>;
}

/** More than any sweep has; a cell is some ten kilobytes. */
const KEPT = 20_000;

export function openStore(dir: string, kept = KEPT): CellStore {
  mkdirSync(dir, { recursive: true });
  prune(dir, kept);
  const file = (key: string): string => join(dir, `${key}.json`);
  return {
    get: (key) => {
      if (!existsSync(file(key))) return undefined;
      try {
        return storedCell(JSON.parse(readFileSync(file(key), 'utf8')));
      } catch {
        // Damaged from outside: as if it had never run.
        return undefined;
      }
    },
    put: (key, cell) => putWhole(file(key), `${JSON.stringify(cell)}\n`),
  };
}

/** undefined: not what we keep. Results written before a change of the schema are as good as none. */
function storedCell(value: unknown): StoredCell | undefined {
  const { result, attempts } = (value ?? {}) as { readonly result?: unknown; readonly attempts?: unknown };
  const known = cellResultSchema.safeParse(result).success && journalEntrySchema.array().safeParse(attempts).success;
  // As it stands in the file and not as it was parsed: a repeat is compared to it, keys in their order.
  return known ? (value as StoredCell) : undefined;
}

/** Its name while it is written says who writes it, so that no other process takes it for left over. */
async function putWhole(path: string, text: string): Promise<void> {
  const half = `${path}.${process.pid}`;
  try {
    const file = await open(half, 'w');
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(half, path);
  } catch (error) {
    await rm(half, { force: true });
    throw error;
  }
}

/** Drops the oldest cells beyond what is kept, and what killed processes were writing. */
function prune(dir: string, kept: number): void {
  const names = readdirSync(dir);
  for (const name of names) {
    const pid = /\.json\.(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) rmSync(join(dir, name), { force: true });
  }
  const cells = names.filter((n) => n.endsWith('.json'));
  if (cells.length <= kept) return;
  const aged = cells.flatMap((name) => {
    const at = statSync(join(dir, name), { throwIfNoEntry: false })?.mtimeMs;
    return at === undefined ? [] : [{ name, at }];
  });
  aged.sort((a, b) => b.at - a.at);
  for (const { name } of aged.slice(kept)) rmSync(join(dir, name), { force: true });
}
