// SPDX-License-Identifier: MIT
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import type { Diagnostic } from '@unspin/diagnostics';
import { holdGroup } from './group.ts';
import type { LabHooks } from './progress.ts';

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface RunOptions extends LabHooks {
  /** The command, pasteable, and all it says are appended here. */
  readonly logFile?: string;
  readonly onLine?: (line: string) => void;
}

export interface RunResult {
  /** `missing`: there is no such program. */
  readonly end: { readonly kind: 'exited'; readonly code: number } | { readonly kind: 'killed'; readonly signal: string } | { readonly kind: 'interrupted' } | { readonly kind: 'missing' };
  readonly ok: boolean;
  /** stdout and stderr as they came, line by line. */
  readonly lines: readonly string[];
  readonly durationMs: number;
}

const quote = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** As one would paste it into a shell. */
export function pasteable(command: Command): string {
  const env = Object.entries(command.env ?? {}).map(([name, value]) => `${name}=${quote(value)}`);
  const line = [...env, quote(command.program), ...command.args.map(quote)].join(' ');
  return command.cwd === undefined ? line : `cd ${quote(command.cwd)} && ${line}`;
}

export const interrupted = (what: string): Diagnostic => ({ code: 'INTERRUPTED', severity: 'error', message: `${what}: interrupted` });

/** Runs a program to its end. An abort kills it with everything it started; nothing is thrown. */
export async function run(command: Command, options: RunOptions = {}): Promise<RunResult> {
  const started = performance.now();
  const lines: string[] = [];
  const log = (text: string): void => {
    try {
      if (options.logFile !== undefined) appendFileSync(options.logFile, text);
    } catch {
      // A disk that is full, or a folder that is gone, is for the command to report: what it says is in `lines` all the same.
    }
  };
  const done = (end: RunResult['end']): RunResult => ({ end, ok: end.kind === 'exited' && end.code === 0, lines, durationMs: performance.now() - started });
  if (options.signal?.aborted === true) return done({ kind: 'interrupted' });
  log(`+ ${pasteable(command)}\n`);

  // A group of its own: make's children must die with it, and a terminal's Ctrl-C must reach us first.
  const child = execa(command.program, command.args, {
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    env: { ...options.env, ...command.env, LC_ALL: 'C' },
    extendEnv: options.env === undefined,
    all: true,
    buffer: false,
    cleanup: false,
    detached: true,
    reject: false,
    stdin: 'ignore',
  });
  let aborted = false;
  const group = holdGroup(child.pid);
  const abort = (): void => {
    aborted = true;
    group.kill();
  };
  options.signal?.addEventListener('abort', abort);
  try {
    const reader = createInterface({ input: child.all, crlfDelay: Infinity });
    reader.on('line', (line) => {
      lines.push(line);
      log(`${line}\n`);
      options.onLine?.(line);
    });
    const closed = new Promise<void>((resolve) => reader.once('close', resolve));
    const result = await child;
    if (result.code === 'ENOENT' || result.code === 'EACCES') return done({ kind: 'missing' });
    await closed;
    if (aborted) return done({ kind: 'interrupted' });
    return done(result.exitCode === undefined ? { kind: 'killed', signal: result.signal ?? 'unknown' } : { kind: 'exited', code: result.exitCode });
  } finally {
    options.signal?.removeEventListener('abort', abort);
    group.release();
  }
}
