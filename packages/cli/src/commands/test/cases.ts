// SPDX-License-Identifier: MIT
import { fail, type Diagnostic, type Result } from '@unspin/diagnostics';
import type { Case, Suite } from '@unspin/lab';
import { unexpected } from '../../unexpected.ts';

/** Results as they come in, by suite. */
export class Results {
  readonly #suites = new Map<string, { properties: Record<string, string>; cases: Case[] }>();
  readonly #onCase: (suite: string, result: Case) => void;

  constructor(onCase: (suite: string, result: Case) => void) {
    this.#onCase = onCase;
  }

  add(suite: string, ...cases: readonly Case[]): void {
    this.#suite(suite).cases.push(...cases);
    for (const c of cases) this.#onCase(suite, c);
  }

  properties(suite: string, properties: Readonly<Record<string, string>>): void {
    Object.assign(this.#suite(suite).properties, properties);
  }

  get suites(): readonly Suite[] {
    return [...this.#suites].map(([name, suite]) => ({ name, ...suite }));
  }

  #suite(name: string): { properties: Record<string, string>; cases: Case[] } {
    const suite = this.#suites.get(name) ?? { properties: {}, cases: [] };
    this.#suites.set(name, suite);
    return suite;
  }
}

export const okCase = (name: string, durationMs: number, detail = ''): Case => ({ name, outcome: { kind: 'ok' }, detail, durationMs });

export const skippedCase = (name: string, reason: string): Case => ({ name, outcome: { kind: 'skipped', reason }, detail: '', durationMs: 0 });

export function failedCase(name: string, durationMs: number, diagnostics: readonly Diagnostic[]): Case {
  const lines = diagnostics.flatMap((d) => {
    const where = d.at === undefined ? '' : `${d.at.file}:${d.at.line}:${d.at.column}: `;
    return [...`${where}${d.code}: ${d.message}`.split('\n'), ...(d.help === undefined ? [] : [`help: ${d.help}`])];
  });
  return { name, outcome: { kind: 'failed' }, detail: lines[0] ?? '', durationMs, output: lines.slice(1) };
}

/** Runs `body` and books it: ok with its detail, skipped where its sources cannot be had, failed otherwise. */
export async function book<T>(results: Results, suite: string, name: string, body: () => Promise<Result<T>>, detail: (value: T) => string = () => ''): Promise<T | undefined> {
  const started = performance.now();
  // What is thrown ends this case, and not the run with the results of all others.
  const result = await body().catch((error: unknown): Result<T> => fail([unexpected(error)]));
  const took = performance.now() - started;
  if (result.ok) {
    results.add(suite, okCase(name, took, [detail(result.value), ...result.diagnostics.map((d) => `${d.severity}: ${d.message}`)].filter((t) => t !== '').join('\n')));
    return result.value;
  }
  const absent = result.diagnostics.find((d) => d.code === 'TREE_FETCH_UNAVAILABLE');
  results.add(suite, absent === undefined ? failedCase(name, took, result.diagnostics) : skippedCase(name, absent.message));
  return undefined;
}

/** One line, with more below it where there is more to say. */
export function caseLine(suite: string, c: Case): string {
  const mark = { ok: 'ok  ', failed: 'FAIL', skipped: 'SKIP' }[c.outcome.kind];
  const [said = '', ...more] = (c.outcome.kind === 'skipped' ? c.outcome.reason : c.detail).split('\n');
  const output = c.outcome.kind === 'failed' ? (c.output ?? []) : [];
  const took = c.durationMs < 100 ? '' : ` (${(c.durationMs / 1000).toFixed(1)} s)`;
  return [`${mark} ${suite}: ${c.name}${took}${said === '' ? '' : `: ${said}`}`, ...[...more, ...output].map((l) => `       ${l}`.trimEnd())].join('\n') + '\n';
}
