// SPDX-License-Identifier: MIT
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PatchSeries } from '@unspin/compiler';

export type FileStatus = 'unchanged' | 'written' | 'removed' | 'stale' | 'missing' | 'extra';

/** One file of the output folder: what is there and what should be. */
export interface OutputFile {
  /** Below the output folder, with forward slashes. */
  readonly path: string;
  readonly old: string | undefined;
  readonly new: string | undefined;
}

/** Below the output folder, apart from every policy's series. */
export const LAB_DIR = 'lab';

/** Folder of a series below the output folder. */
export const seriesDir = (series: PatchSeries, lab: boolean): string => (lab ? `${LAB_DIR}/${series.tree}` : `${series.tree}/${series.policy}`);

const isGenerated = (name: string): boolean => name === 'series' || name === '0000-cover-letter.txt' || name.endsWith('.patch');

/**
 * Compares what should be with what is. Only folders of generated series are looked into, and there only at
 * files of generated names; `everything` says that other series folders are left over from policies that are gone.
 */
export function compareOutput(out: string, series: ReadonlyMap<string, PatchSeries>, everything: boolean): OutputFile[] {
  const files = new Map<string, OutputFile>();
  const dirs = new Set([...series.keys(), ...(everything ? seriesDirsIn(out) : [])]);
  for (const dir of dirs) {
    for (const name of existing(join(out, dir)).filter(isGenerated)) files.set(`${dir}/${name}`, { path: `${dir}/${name}`, old: readFileSync(join(out, dir, name), 'utf8'), new: undefined });
  }
  for (const [dir, { files: wanted }] of series) {
    for (const { name, text } of wanted) files.set(`${dir}/${name}`, { path: `${dir}/${name}`, old: files.get(`${dir}/${name}`)?.old, new: text });
  }
  return [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Folders two levels down that hold a series. */
function seriesDirsIn(out: string): string[] {
  return folders(out).flatMap((tree) => folders(join(out, tree)).map((name) => `${tree}/${name}`)).filter((dir) => existsSync(join(out, dir, 'series')));
}

function existing(dir: string): string[] {
  return existsSync(dir) ? readdirSync(dir, { withFileTypes: true }).filter((e) => e.isFile()).map((e) => e.name) : [];
}

function folders(dir: string): string[] {
  return existsSync(dir) ? readdirSync(dir, { withFileTypes: true }).filter((e) => e.isDirectory()).map((e) => e.name) : [];
}

export const isChanged = (file: OutputFile): boolean => file.old !== file.new;

/** What `--check` and `--diff` call a file that `gen` would change. */
export function drift(file: OutputFile): FileStatus {
  if (file.old === file.new) return 'unchanged';
  if (file.old === undefined) return 'missing';
  return file.new === undefined ? 'extra' : 'stale';
}

/** What became of a file that `gen` wrote. */
export function written(file: OutputFile): FileStatus {
  if (file.old === file.new) return 'unchanged';
  return file.new === undefined ? 'removed' : 'written';
}
