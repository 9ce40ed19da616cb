// SPDX-License-Identifier: MIT
import type { Diagnostic } from '@unspin/diagnostics';
import { freeBytes } from './free-space.ts';
import { interrupted, type RunResult } from './run.ts';

/** The last one is git's. */
const NO_SPACE = /No space left on device|Disk quota exceeded|Out of diskspace/;
const ERROR_LINE = /(?:^|\s)(?:fatal )?error(?::|\[)|undefined reference|^ld: (?!.*in function)|multiple definition|modpost: .*(?:undefined|ERROR)|No rule to make target|not found$|: Error \d+$/i;
const MAKE_TAIL = /^make(?:\[\d+\])?: /;
const SHOWN = 6;

/** The lines that say why a build failed, make's own echo of it left out unless there is nothing else. */
export function firstErrors(lines: readonly string[], strip = ''): readonly string[] {
  const clean = lines.map((line) => (strip === '' ? line : line.replaceAll(`${strip}/`, '')).trim());
  const errors = clean.filter((line) => ERROR_LINE.test(line));
  const own = errors.filter((line) => !MAKE_TAIL.test(line) || line.includes('No rule'));
  const chosen = own.length > 0 ? own : errors.length > 0 ? errors : clean.filter((line) => line !== '').slice(-SHOWN);
  return [...new Set(chosen)].slice(0, SHOWN);
}

function freeSpace(dir: string): string {
  const free = freeBytes(dir);
  return free === undefined ? 'free space unknown' : `${Math.round(free / 2 ** 20)} MB free`;
}

export interface FailureContext {
  /** Tree and stage, e.g. "6.12: make bzImage". */
  readonly what: string;
  /** Folder written to: its file system is the one that may be full. */
  readonly dir: string;
  /** Source folder: taken off the paths in messages. */
  readonly src?: string;
  readonly logFile?: string;
}

/** Why a program failed, as one diagnostic. */
export function buildFailure(result: RunResult, context: FailureContext): Diagnostic {
  const { what, dir, src, logFile } = context;
  if (result.end.kind === 'interrupted') return interrupted(what);
  if (result.end.kind === 'missing') return { code: 'LAB_TOOL_MISSING', severity: 'error', message: `${what}: program not found` };
  if (result.lines.some((line) => NO_SPACE.test(line))) {
    return { code: 'LAB_DISK_FULL', severity: 'error', message: `${what}: no space left for ${dir} (${freeSpace(dir)})`, help: `delete build folders that are no longer needed, e.g. ${dir}, then run the same command again: it goes on where it stopped` };
  }
  const how = result.end.kind === 'killed' ? `killed by ${result.end.signal}${result.end.signal === 'SIGKILL' ? ' (out of memory?)' : ''}` : `exit code ${result.end.code}`;
  const message = [`${what}: ${how}`, ...firstErrors(result.lines, src).map((line) => `  ${line}`)].join('\n');
  return { code: 'LAB_BUILD_FAILED', severity: 'error', message, ...(logFile === undefined ? {} : { help: `full output: ${logFile}` }) };
}
