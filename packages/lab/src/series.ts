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
  /** Of a Makefile: objects named in lines the patch adds. */
  readonly objects?: readonly string[];
}

/** Objects that lines added to a Makefile name. None where other lines are added too: flags, folders. */
function addedObjects(hunks: string): readonly string[] {
  const added = [...hunks.matchAll(/^\+(?!\+\+ )(.*)$/gm)].map(([, line]) => line ?? '').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const names = added.map((line) => /^[\w$()-]+\s*\+?[:]?=((?:\s+[\w/.-]+\.o)+)\s*$/.exec(line)?.[1]?.trim().split(/\s+/));
  return names.some((n) => n === undefined) ? [] : names.flatMap((n) => n ?? []);
}

export const isMakefile = (path: string): boolean => /(?:^|\/)(?:Makefile|Kbuild)$/.test(path);

/** Files a patch touches, in its order. */
export function touchedFiles(patch: string): readonly TouchedFile[] {
  const files: TouchedFile[] = [];
  const starts = [...patch.matchAll(/^--- (?:a\/)?(\S+).*\n\+\+\+ (?:b\/)?(\S+).*\n/gm)];
  for (const [i, { index, 0: header, 1: from, 2: to }] of starts.entries()) {
    if (from === undefined || to === undefined) continue;
    const path = to === '/dev/null' ? from : to;
    const objects = isMakefile(path) ? addedObjects(patch.slice(index + header.length, starts[i + 1]?.index)) : [];
    files.push({ path, added: from === '/dev/null', removed: to === '/dev/null', ...(objects.length === 0 ? {} : { objects }) });
  }
  return files;
}
