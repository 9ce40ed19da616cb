// SPDX-License-Identifier: MIT
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import type { Outcome } from '../output.ts';
import { compileJobs } from './gen/compile.ts';
import { loadPolicies } from './gen/inputs.ts';
import { compileTemplates, readTemplates } from './gen/templates.ts';
import { planJobs } from './gen/trees.ts';

interface Row {
  readonly what: string;
  readonly minMs: number;
  readonly medianMs: number;
}

/**
 * Times `gen --check` of everything, as a process and stage by stage in this one. The process takes series of the run before; the stage
 * compiles each of them. A report, not a test.
 */
export async function runBench(context: Context, { runs }: { runs: string }): Promise<Outcome> {
  const count = Number(runs);
  if (!Number.isInteger(count) || count < 1) return { diagnostics: [{ code: 'USAGE', severity: 'error', message: `--runs takes a whole number above 0, not '${runs}'` }] };
  const program = (command: string, args: readonly string[]) => () => Promise.resolve(spawnSync(command, args, { cwd: context.root, stdio: 'ignore' }).status);
  const rows: Row[] = [await time('process: ./unspin gen --check', count, program(join(context.root, 'unspin'), ['gen', '--check']))];
  if (spawnSync('pnpm', ['--version']).status === 0) {
    rows.push(await time('process: pnpm gen --check', count, program('pnpm', ['gen', '--check'])));
    rows.push(await time('process: pnpm --version', count, program('pnpm', ['--version'])));
  }

  const policies = await loadPolicies(context, []);
  if (!policies.ok) return policies;
  const jobs = await planJobs(context, policies.value, undefined, 'all');
  if (!jobs.ok) return jobs;
  const templates = readTemplates(join(context.root, 'kernel-templates'));
  rows.push(
    await time('stage: load policies', count, () => loadPolicies(context, [])),
    await time('stage: read facts', count, () => planJobs(context, policies.value, undefined, 'all')),
    await time('stage: read templates', count, () => compileTemplates(readTemplates(join(context.root, 'kernel-templates')))),
    await time('stage: compile', count, () => compileJobs(jobs.value, templates, {})),
  );
  const text = rows.map((r) => `${r.what.padEnd(32)} min ${r.minMs.toFixed(1).padStart(8)} ms   median ${r.medianMs.toFixed(1).padStart(8)} ms\n`).join('');
  return { diagnostics: [], data: { runs: count, rows }, text: `${count} runs, ${jobs.value.jobs.length} policy × tree pairs\n${text}` };
}

async function time(what: string, count: number, action: () => Promise<unknown>): Promise<Row> {
  const took: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await action();
    took.push(performance.now() - start);
  }
  took.sort((a, b) => a - b);
  return { what, minMs: took[0] ?? 0, medianMs: took[Math.floor(took.length / 2)] ?? 0 };
}
