// SPDX-License-Identifier: MIT
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
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
    put: (key, cell) => writeFileAtomic(file(key), `${JSON.stringify(cell)}\n`),
  };
}

/** undefined: not what we keep. Results written before a change of the schema are as good as none. */
function storedCell(value: unknown): StoredCell | undefined {
  const { result, attempts } = (value ?? {}) as { readonly result?: unknown; readonly attempts?: unknown };
  const known = cellResultSchema.safeParse(result).success && journalEntrySchema.array().safeParse(attempts).success;
  // As it stands in the file and not as it was parsed: a repeat is compared to it, keys in their order.
  return known ? (value as StoredCell) : undefined;
}

/** Drops the oldest cells beyond what is kept, and what a killed process was writing. */
function prune(dir: string, kept: number): void {
  const names = readdirSync(dir);
  for (const name of names.filter((n) => !n.endsWith('.json'))) rmSync(join(dir, name), { force: true, recursive: true });
  const cells = names.filter((n) => n.endsWith('.json'));
  if (cells.length <= kept) return;
  const aged = cells.map((name) => ({ name, at: statSync(join(dir, name)).mtimeMs })).sort((a, b) => b.at - a.at);
  for (const { name } of aged.slice(kept)) rmSync(join(dir, name), { force: true });
}
