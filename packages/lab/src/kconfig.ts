// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, ok, type Diagnostic, type Position, type Result } from '@unspin/diagnostics';
import { buildFailure } from './build-errors.ts';
import { run, type RunOptions } from './run.ts';

/** One line of a fragment. */
export interface ConfigRequest {
  /** Without `CONFIG_`. */
  readonly symbol: string;
  /** `y`, `m`, `n`, a number or a quoted string, as .config spells it. */
  readonly value: string;
  /** Some trees lack it: preceded by a comment that begins with "optional". */
  readonly optional: boolean;
  readonly at: Position;
}

const SETTING = /^CONFIG_(\w+)=(y|m|n|-?\d+|0x[\da-fA-F]+|"(?:[^"\\]|\\.)*")$/;
const UNSET = /^# CONFIG_(\w+) is not set$/;
const OPTIONAL = /^#\s*optional\b/;

/** Reads a fragment; `file` is what diagnostics call it. */
export function parseFragment(text: string, file: string): Result<readonly ConfigRequest[]> {
  const requests: ConfigRequest[] = [];
  const problems: Diagnostic[] = [];
  const seen = new Map<string, number>();
  let optional = false;
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    const at = { file, line: index + 1, column: 1 };
    const unset = UNSET.exec(line);
    const setting = SETTING.exec(line);
    const symbol = setting?.[1] ?? unset?.[1];
    if (symbol !== undefined) {
      const before = seen.get(symbol);
      if (before !== undefined) problems.push({ code: 'LAB_KCONFIG', severity: 'error', message: `CONFIG_${symbol} is set twice, first in line ${before}`, at });
      seen.set(symbol, at.line);
      requests.push({ symbol, value: setting?.[2] ?? 'n', optional, at });
    } else if (line !== '' && !line.startsWith('#')) {
      problems.push({ code: 'LAB_KCONFIG', severity: 'error', message: `not a config line: ${line}`, at, help: 'write CONFIG_NAME=y, m, n, a number or a "string"' });
    }
    optional = OPTIONAL.test(line);
  }
  return problems.length > 0 ? fail(problems) : ok(requests);
}

/** The fragment a policy needs: its mechanisms' symbols, all with one value. */
export const policyRequests = (symbols: readonly string[], value: 'y' | 'n', optional = false): readonly ConfigRequest[] =>
  symbols.map((symbol, i) => ({ symbol, value, optional, at: { file: 'policy.config', line: i + 1, column: 1 } }));

/** Later requests win. */
export function mergeRequests(...lists: readonly (readonly ConfigRequest[])[]): readonly ConfigRequest[] {
  const bySymbol = new Map<string, ConfigRequest>();
  for (const request of lists.flat()) bySymbol.set(request.symbol, request);
  return [...bySymbol.values()];
}

export const formatFragment = (requests: readonly ConfigRequest[]): string =>
  requests.map(({ symbol, value }) => (value === 'n' ? `# CONFIG_${symbol} is not set\n` : `CONFIG_${symbol}=${value}\n`)).join('');

/** A .config as symbol → value; what is unset is absent. */
export function parseDotConfig(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, symbol, value] = /^CONFIG_(\w+)=(.*)$/.exec(line) ?? [];
    if (symbol !== undefined && value !== undefined) values.set(symbol, value);
  }
  return values;
}

/** Requests the final .config does not honour. Those that are optional are for trees that have the symbol. */
export function unstuck(requests: readonly ConfigRequest[], config: ReadonlyMap<string, string>, tree: string): readonly Diagnostic[] {
  return requests.flatMap((request): Diagnostic[] => {
    const got = config.get(request.symbol) ?? 'n';
    if (got === request.value || request.optional) return [];
    const message = `${tree}: CONFIG_${request.symbol}=${request.value} did not stick: it is ${got}`;
    return [{ code: 'LAB_KCONFIG', severity: 'error', message, at: request.at, help: 'the tree lacks the symbol, or a dependency of it is not set' }];
  });
}

/** Where an O= folder has what it was configured for. */
export const fragmentFile = (buildDir: string): string => join(buildDir, 'unspin.config');

export interface ConfigureRequest {
  readonly tree: string;
  readonly src: string;
  /** make's O= folder. */
  readonly buildDir: string;
  readonly requests: readonly ConfigRequest[];
}

export interface Configured {
  /** sha256 of the final .config without its comments. */
  readonly hash: string;
  readonly values: ReadonlyMap<string, string>;
}

/**
 * Writes .config: allnoconfig told of the fragment while it decides. Merging the fragment afterwards would keep
 * everything on that only EXPERT lets one turn off (io_uring, the block layer, five decompressors…).
 */
export async function configure(request: ConfigureRequest, options: RunOptions = {}): Promise<Result<Configured>> {
  await mkdir(request.buildDir, { recursive: true });
  const fragment = fragmentFile(request.buildDir);
  await writeFile(fragment, formatFragment(request.requests));
  const command = { program: 'make', args: ['-s', '-C', request.src, `O=${request.buildDir}`, 'allnoconfig'], env: { KCONFIG_ALLCONFIG: fragment } };
  const result = await run(command, options);
  if (!result.ok) return fail([buildFailure(result, { what: `${request.tree}: allnoconfig`, dir: request.buildDir })]);
  const text = await readFile(join(request.buildDir, '.config'), 'utf8');
  const values = parseDotConfig(text);
  const problems = unstuck(request.requests, values, request.tree);
  if (problems.length > 0) return fail(problems);
  const hash = createHash('sha256').update([...values].map(([symbol, value]) => `${symbol}=${value}\n`).join('')).digest('hex');
  return ok({ hash, values });
}
