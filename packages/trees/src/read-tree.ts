// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReadTreeFile } from './source-set.ts';

/** Reads files of the tree in `dir`. What is absent or no file reads as undefined; any other failure is thrown. */
export function treeReader(dir: string): ReadTreeFile {
  return (path) => {
    try {
      return readFileSync(join(dir, path), 'utf8');
    } catch (error) {
      if (ABSENT.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
      throw error;
    }
  };
}

const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'EISDIR']);
