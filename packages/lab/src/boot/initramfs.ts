// SPDX-License-Identifier: MIT
import { chmod, copyFile, lutimes, mkdir, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { execa } from 'execa';

/** One file of an initramfs. Directories follow from the paths; links are followed when files are copied. */
export type ImageEntry =
  | { readonly kind: 'copy'; readonly path: string; readonly from: string; readonly mode: 0o644 | 0o755 }
  | { readonly kind: 'text'; readonly path: string; readonly text: string; readonly mode: 0o644 | 0o755 };

/** Shared objects in the output of `ldd`, in order, each once. */
export function parseLdd(output: string): readonly string[] {
  const paths = output
    .split('\n')
    .map((line) => /(?:=> )?(\/\S+) \(0x[0-9a-f]+\)$/.exec(line.trim())?.[1])
    .filter((path) => path !== undefined);
  return [...new Set(paths)];
}

/** A program with every shared object it needs, at the paths its loader looks in. */
export async function withLibraries(path: string, from: string, ldd: string): Promise<readonly ImageEntry[]> {
  const { stdout, failed } = await execa(ldd, [from], { reject: false });
  const libraries = failed ? [] : parseLdd(stdout);
  return [
    { kind: 'copy', path, from, mode: 0o755 },
    ...libraries.map((library) => ({ kind: 'copy', path: library.slice(1), from: library, mode: 0o755 }) as const),
  ];
}

/** Entries by path, sorted; the first of several for one path wins, so libraries that programs share appear once. */
export function normalizeEntries(entries: readonly ImageEntry[]): readonly ImageEntry[] {
  const byPath = new Map<string, ImageEntry>();
  for (const entry of entries) if (!byPath.has(entry.path)) byPath.set(entry.path, entry);
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Names for cpio: every file, after its directories, in an order that does not depend on the file system. */
export function archiveNames(entries: readonly ImageEntry[]): readonly string[] {
  const names = new Set<string>();
  for (const { path } of entries) {
    const parts = path.split('/');
    parts.forEach((_, i) => names.add(parts.slice(0, i + 1).join('/')));
  }
  return [...names].sort();
}

async function resetTimes(dir: string): Promise<void> {
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) {
      await resetTimes(path);
      await chmod(path, 0o755);
    }
    await lutimes(path, 0, 0);
  }
}

export interface ArchiveTools {
  readonly cpio: string;
  /** Left out: the archive is not compressed. */
  readonly gzip?: string;
}

/** Writes `out` as a cpio archive, gzipped if there is a gzip. The same entries give the same bytes: no times, owners or inodes leak in. */
export async function writeInitramfs(entries: readonly ImageEntry[], out: string, tools: ArchiveTools): Promise<void> {
  const sorted = normalizeEntries(entries);
  const root = `${out}.root`;
  await rm(root, { recursive: true, force: true });
  await mkdir(root, { recursive: true });
  try {
    for (const entry of sorted) {
      const target = join(root, entry.path);
      await mkdir(dirname(target), { recursive: true });
      if (entry.kind === 'text') await writeFile(target, entry.text);
      else await copyFile(await realpath(entry.from), target);
      await chmod(target, entry.mode);
    }
    await resetTimes(root);
    const cpio = execa(tools.cpio, ['-o', '-H', 'newc', '--reproducible', '--quiet', '-R', '+0:+0'], {
      cwd: root,
      input: `${archiveNames(sorted).join('\n')}\n`,
      buffer: false,
    });
    if (tools.gzip === undefined) {
      await Promise.all([pipeline(cpio.stdout, createWriteStream(out)), cpio]);
      return;
    }
    // Level 1: the host under TCG has to unpack it too, and nobody keeps it.
    const gzip = execa(tools.gzip, ['-n', '-1'], { stdin: 'pipe', buffer: false });
    await Promise.all([
      pipeline(cpio.stdout, gzip.stdin),
      pipeline(gzip.stdout, createWriteStream(out)),
      cpio,
      gzip,
    ]);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
