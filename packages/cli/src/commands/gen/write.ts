// SPDX-License-Identifier: MIT
import { accessSync, constants, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fail, ok, type Diagnostic, type DiagnosticCode, type Result } from '@unspin/diagnostics';
import { makeDir } from '../../make-dir.ts';
import { isChanged, type OutputFile } from './output.ts';

/** The calls writing needs, so that a test can let them fail as a full or read-only disk does. */
export interface OutputFs {
  readonly mkdir: (dir: string) => void;
  readonly write: (path: string, text: string) => void;
  readonly rename: (from: string, to: string) => void;
  readonly remove: (path: string) => void;
  readonly removeDir: (dir: string) => void;
}

export const realFs: OutputFs = {
  mkdir: makeDir,
  write: (path, text) => writeFileSync(path, text, { flag: 'wx' }),
  rename: renameSync,
  remove: (path) => rmSync(path, { force: true }),
  removeDir: rmdirSync,
};

const FAILURES: Readonly<Record<string, DiagnosticCode>> = {
  EACCES: 'OUTPUT_NOT_WRITABLE', ENOENT: 'OUTPUT_NOT_WRITABLE', EPERM: 'OUTPUT_NOT_WRITABLE', EROFS: 'OUTPUT_NOT_WRITABLE', ENOTDIR: 'OUTPUT_NOT_WRITABLE',
  EEXIST: 'OUTPUT_NOT_WRITABLE', EISDIR: 'OUTPUT_NOT_WRITABLE', ENOSPC: 'LAB_DISK_FULL', EDQUOT: 'LAB_DISK_FULL',
};

/**
 * Brings the output folder up to date, touching only files whose bytes change. New content is first written
 * beside its place, all of it, then renamed into place: a full disk or Ctrl-C leaves the old files as they were.
 */
export function writeOutput(out: string, shown: string, files: readonly OutputFile[], fs: OutputFs = realFs): Result<undefined> {
  const changed = files.filter(isChanged);
  const staged: { readonly from: string; readonly to: string }[] = [];
  try {
    for (const file of changed) {
      if (file.new === undefined) continue;
      const to = join(out, file.path);
      const from = `${to}.unspin-${process.pid}`;
      fs.mkdir(dirname(to));
      staged.push({ from, to });
      fs.write(from, file.new);
    }
    for (const { from, to } of staged) fs.rename(from, to);
    for (const file of changed) if (file.new === undefined) fs.remove(join(out, file.path));
    removeEmptyDirs(out, changed, fs);
    return ok(undefined);
  } catch (error) {
    for (const { from } of staged) tryTo(() => fs.remove(from));
    const diagnostic = writeDiagnostic(shown, error);
    if (diagnostic === undefined) throw error;
    return fail([diagnostic]);
  }
}

/** The diagnostic of a failure of the file system, or undefined for anything else. */
export function writeDiagnostic(shown: string, error: unknown): Diagnostic | undefined {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const diagnostic = FAILURES[code];
  if (diagnostic === undefined) return undefined;
  const full = diagnostic === 'LAB_DISK_FULL';
  return {
    code: diagnostic,
    severity: 'error',
    message: full ? `no space left to write ${shown} (${code})` : `${shown} cannot be written (${code})`,
    help: full ? 'free some space, or name another folder with --out DIR' : 'make it a folder you can write to, or name another one with --out DIR',
  };
}

/** Makes sure of a folder that long work is to end in, before it begins. */
export function checkWritable(dir: string, shown: string): Result<null> {
  try {
    makeDir(dir);
    accessSync(dir, constants.W_OK | constants.X_OK);
    return ok(null);
  } catch (error) {
    const diagnostic = writeDiagnostic(shown, error);
    if (diagnostic === undefined) throw error;
    return fail([diagnostic]);
  }
}

function removeEmptyDirs(out: string, changed: readonly OutputFile[], fs: OutputFs): void {
  const dirs = new Set(changed.filter((f) => f.new === undefined).map((f) => dirname(f.path)));
  for (const dir of dirs) {
    tryTo(() => fs.removeDir(join(out, dir)));
    tryTo(() => fs.removeDir(join(out, dirname(dir))));
  }
}

/** For tidying up: a folder that is not empty stays. */
function tryTo(action: () => void): void {
  try {
    action();
  } catch {
    // stays as it is
  }
}
