// SPDX-License-Identifier: MIT
import { fail, ok } from '@unspin/diagnostics';
import type { Diagnostic, Result } from '@unspin/diagnostics';

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** Debian packages of the programs fetching needs. */
const PACKAGES: Readonly<Record<string, string>> = { 'apt-get': 'apt', 'apt-cache': 'apt', 'dpkg-deb': 'dpkg', tar: 'tar', xz: 'xz-utils' };

/** Runs a program to its end; its standard output, or why it failed. An aborted signal ends the program. */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Result<string>> {
  const { signal, cwd, env } = options;
  // Generating needs nothing of it, and to load its many files takes a tenth of a second.
  const { execa } = await import('execa');
  const result = await execa(program, args, {
    reject: false,
    stdin: 'ignore',
    env: { LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive', ...env },
    forceKillAfterDelay: 2000,
    ...(cwd !== undefined && { cwd }),
    ...(signal !== undefined && { cancelSignal: signal }),
  });
  if (signal?.aborted === true || result.isCanceled) return fail([interrupted()]);
  if (!result.failed) return ok(result.stdout);
  return fail([explain(program, args, result)]);
}

export const interrupted = (): Diagnostic => ({ code: 'INTERRUPTED', severity: 'error', message: 'interrupted; nothing half-done was left behind' });

interface Failure {
  readonly code?: string | undefined;
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly stderr: string;
}

function explain(program: string, args: readonly string[], failure: Failure): Diagnostic {
  const { stderr } = failure;
  if (failure.code === 'ENOENT') return toolMissing(program);
  if (failure.code === 'ENOSPC' || /No space left on device|ENOSPC|You don't have enough free space/i.test(stderr)) return diskFull(tail(stderr));
  if (/\bxz\b[^\n]*(: Cannot exec|not found|No such file)/i.test(stderr)) return toolMissing('xz');
  const how = failure.signal === undefined ? `exit code ${failure.exitCode}` : failure.signal;
  const message = `${[program, ...args].join(' ')} failed (${how})\n${tail(stderr)}`.trimEnd();
  return { code: 'TREE_FETCH_FAILED', severity: 'error', message };
}

export function toolMissing(program: string): Diagnostic {
  const help = `install Debian's package ${PACKAGES[program] ?? program}`;
  return { code: 'LAB_TOOL_MISSING', severity: 'error', message: `${program} is needed to fetch packages and is not installed`, help };
}

export function diskFull(detail: string): Diagnostic {
  const help = 'free some 2 GB, or move the cache with UNSPIN_CACHE';
  return { code: 'LAB_DISK_FULL', severity: 'error', message: `no space left while fetching packages\n${detail}`.trimEnd(), help };
}

const tail = (text: string): string => text.trimEnd().split('\n').slice(-8).join('\n');
