// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fail, ok, type Diagnostic, type Result } from '@unspin/diagnostics';

export interface PatchFile {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly text: string;
  readonly sha256: string;
}

/** A folder with NNNN-*.patch files and a `series` file that orders them. */
export interface SeriesDir {
  readonly dir: string;
  readonly patches: readonly PatchFile[];
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export async function readSeries(dir: string): Promise<Result<SeriesDir>> {
  const index = join(dir, 'series');
  let names: string[];
  try {
    names = (await readFile(index, 'utf8')).split('\n').map((line) => line.replace(/#.*/, '').trim()).filter((line) => line !== '');
  } catch {
    return fail([{ code: 'LAB_APPLY_FAILED', severity: 'error', message: `${index} cannot be read`, help: 'a series is a folder with a file "series" that names its patches in order' }]);
  }
  const patches: PatchFile[] = [];
  const problems: Diagnostic[] = [];
  for (const name of names) {
    const path = resolve(dir, name);
    try {
      const text = await readFile(path, 'utf8');
      patches.push({ name, path, text, sha256: sha256(text) });
    } catch {
      problems.push({ code: 'LAB_APPLY_FAILED', severity: 'error', message: `${path}: named in ${index}, but cannot be read` });
    }
  }
  return problems.length > 0 ? fail(problems) : ok({ dir, patches });
}

export interface TouchedFile {
  readonly path: string;
  readonly added: boolean;
  readonly removed: boolean;
}

/** Files a patch touches, in its order. */
export function touchedFiles(patch: string): readonly TouchedFile[] {
  const files: TouchedFile[] = [];
  for (const [, from, to] of patch.matchAll(/^--- (?:a\/)?(\S+).*\n\+\+\+ (?:b\/)?(\S+)/gm)) {
    if (from === undefined || to === undefined) continue;
    files.push({ path: to === '/dev/null' ? from : to, added: from === '/dev/null', removed: to === '/dev/null' });
  }
  return files;
}
