// SPDX-License-Identifier: MIT
/** Folders that are named by what is in them. */
import { readdirSync, readFileSync, renameSync } from 'node:fs';
import { join, relative } from 'node:path';
import { contentKey } from './module-cache.ts';

/** A name for the files in `dir`: where they lie below it, and their contents. */
export function contentOf(dir: string): string {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => relative(dir, join(entry.parentPath, entry.name))).sort();
  return contentKey(...paths.flatMap((path) => [path, readFileSync(join(dir, path), 'latin1')])).slice(0, 12);
}

/** Gives `from` its name. Where that is there already, it is the same. */
export function putInPlace(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!['EEXIST', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
