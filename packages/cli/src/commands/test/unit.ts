// SPDX-License-Identifier: MIT
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { run } from '@unspin/lab';
import type { Case } from '@unspin/lab';
import type { Context } from '../../context.ts';
import type { Say } from '../../steps.ts';
import { pool } from '../../pool.ts';
import { runGen } from '../gen/index.ts';
import { failedCase, okCase, type Results } from './cases.ts';

export type TestProject = keyof typeof TEST_PROJECTS;

const TEST_PROJECTS = { unit: 'unit and scenario tests', slow: 'tests that start other programs', browser: 'reports in a browser' } as const;

/** What needs no kernel: freshness of what is committed, types, unit and scenario tests, reports as a browser shows them. */
export async function unitTests(context: Context, results: Results, projects: readonly TestProject[], say: Say): Promise<void> {
  say('gen --check');
  const started = performance.now();
  const { diagnostics } = await runGen(context, [], { check: true });
  const took = performance.now() - started;
  results.add('gen', diagnostics.length === 0 ? okCase('patches/ is what policies/ give', took) : failedCase('patches/ is what policies/ give', took, diagnostics));
  say('types');
  await types(context, results);
  for (const project of projects) {
    if (context.signal.aborted) return;
    say(TEST_PROJECTS[project]);
    await vitest(context, results, project);
  }
}

/** Type-checks every package; two at a time, from where the last run left off. */
async function types(context: Context, results: Results): Promise<void> {
  const projects = [...readdirSync(join(context.root, 'packages')).map((name) => `packages/${name}`), 'policies', 'experiments'].filter((dir) => existsSync(join(context.root, dir, 'tsconfig.json')));
  const check = (project: string) => async (): Promise<void> => {
    const cache = join(context.root, 'node_modules/.cache/tsc', `${project.replaceAll('/', '-')}.tsbuildinfo`);
    const args = [join(context.root, 'node_modules/typescript/bin/tsc'), '-p', project, '--incremental', '--tsBuildInfoFile', cache];
    const done = await run({ program: process.execPath, args, cwd: context.root }, { signal: context.signal });
    const [first = 'tsc failed', ...output] = done.lines;
    results.add('types', done.ok ? okCase(project, done.durationMs) : { name: project, outcome: { kind: 'failed' }, detail: first, durationMs: done.durationMs, output });
  };
  await pool(2, projects.map(check));
}

interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string; readonly duration?: number; readonly failureMessages: readonly string[] }[];
  }[];
}

async function vitest(context: Context, results: Results, project: TestProject): Promise<void> {
  const out = join(context.root, '.unspin', `vitest-${project}.json`);
  mkdirSync(join(context.root, '.unspin'), { recursive: true });
  rmSync(out, { force: true });
  const args = [join(context.root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', project, '--reporter=json', `--outputFile=${out}`];
  const done = await run({ program: process.execPath, args, cwd: context.root }, { signal: context.signal });
  if (!existsSync(out)) {
    results.add(project, { name: 'vitest', outcome: { kind: 'failed' }, detail: 'vitest gave no results', durationMs: done.durationMs, output: done.lines.slice(-20) });
    return;
  }
  const report = JSON.parse(readFileSync(out, 'utf8')) as VitestReport;
  const cases = report.testResults.flatMap((file): Case[] => {
    const name = relative(context.root, file.name).replaceAll('\\', '/');
    if (file.assertionResults.length === 0) return [{ name, outcome: { kind: 'failed' }, detail: file.message.split('\n')[0] ?? '', durationMs: 0, output: file.message.split('\n').slice(1, 20) }];
    return file.assertionResults.map((test) => {
      const [detail = '', ...output] = test.failureMessages.join('\n').split('\n');
      const outcome = test.status === 'passed' ? ({ kind: 'ok' } as const) : test.status === 'failed' ? ({ kind: 'failed' } as const) : ({ kind: 'skipped', reason: test.status } as const);
      return { name: `${name}: ${test.fullName}`, outcome, detail, durationMs: test.duration ?? 0, output };
    });
  });
  results.add(project, ...cases);
  if (!done.ok && cases.every((c) => c.outcome.kind !== 'failed')) results.add(project, { name: 'vitest', outcome: { kind: 'failed' }, detail: 'vitest failed outside any test', durationMs: done.durationMs, output: done.lines.slice(-20) });
}
