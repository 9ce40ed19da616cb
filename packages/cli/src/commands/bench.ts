// SPDX-License-Identifier: MIT
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fail, ok, type Result } from '@unspin/diagnostics';
import type { Context } from '../context.ts';
import type { Outcome } from '../output.ts';
import { compileJobs } from './gen/compile.ts';
import { loadPolicies } from './gen/inputs.ts';
import { compileTemplates, readTemplates } from './gen/templates.ts';
import { planJobs } from './gen/trees.ts';

/** A difference of everything is a few megabytes. */
const MAX_OUTPUT_BYTES = 64 * 2 ** 20;

interface Row {
  readonly what: string;
  readonly minMs: number;
  readonly medianMs: number;
}

/**
 * Times `gen --check` and `gen` of everything, as processes and stage by stage in this one. Processes take series of the run before; the stage
 * compiles each of them. `--check` comes first: where it passes, `gen` has nothing to write. A report, not a test.
 */
export async function runBench(context: Context, { runs }: { runs: string }): Promise<Outcome> {
  const count = Number(runs);
  if (!Number.isInteger(count) || count < 1) return { diagnostics: [{ code: 'USAGE', severity: 'error', message: `--runs takes a whole number above 0, not '${runs}'` }] };
  const unspin = join(context.root, 'unspin');
  const programs: readonly (readonly [string, string, ...string[]])[] = [
    ['./unspin gen --check', unspin, 'gen', '--check'],
    ['./unspin gen', unspin, 'gen'],
    ...(spawnSync('pnpm', ['--version'], { env: context.env }).status === 0
      ? ([['pnpm gen --check', 'pnpm', 'gen', '--check'], ['pnpm gen', 'pnpm', 'gen'], ['pnpm --version', 'pnpm', '--version']] as const)
      : []),
  ];
  const timed: Result<Row>[] = [];
  for (const [what, command, ...args] of programs) {
    const row = await time(`process: ${what}`, count, () => Promise.resolve(runProgram(context, what, command, args)));
    if (!row.ok) return row;
    timed.push(row);
  }

  const policies = await loadPolicies(context, []);
  if (!policies.ok) return policies;
  const jobs = await planJobs(context, policies.value, undefined, 'all');
  if (!jobs.ok) return jobs;
  const templates = readTemplates(join(context.root, 'kernel-templates'));
  timed.push(
    await time('stage: load policies', count, () => loadPolicies(context, [])),
    await time('stage: read facts', count, () => planJobs(context, policies.value, undefined, 'all')),
    await time('stage: read templates', count, async () => ok(await compileTemplates(readTemplates(join(context.root, 'kernel-templates'))))),
    await time('stage: compile', count, () => compileJobs(jobs.value, templates, {})),
  );
  const failed = timed.find((row) => !row.ok);
  if (failed !== undefined && !failed.ok) return failed;
  const rows = timed.flatMap((row) => (row.ok ? [row.value] : []));
  const text = rows.map((r) => `${r.what.padEnd(32)} min ${r.minMs.toFixed(1).padStart(8)} ms   median ${r.medianMs.toFixed(1).padStart(8)} ms\n`).join('');
  return { diagnostics: [], data: { runs: count, rows }, text: `${count} runs, ${jobs.value.jobs.length} policy × tree pairs\n${text}` };
}

/** What a program that fails took says nothing of one that does its work. */
function runProgram(context: Context, what: string, command: string, args: readonly string[]): Result<null> {
  const { status, signal, error, stdout, stderr } = spawnSync(command, args, { cwd: context.root, env: context.env, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8', maxBuffer: MAX_OUTPUT_BYTES });
  if (status === 0) return ok(null);
  if (signal === 'SIGINT') return fail([{ code: 'INTERRUPTED', severity: 'error', message: `${what}: interrupted` }]);
  const how = error === undefined ? (signal === null ? `exit code ${status}` : signal) : error.message;
  const last = `${stdout ?? ''}\n${stderr ?? ''}`.split('\n').filter((line) => line.trim() !== '').slice(-5);
  return fail([{ code: 'BENCH_FAILED', severity: 'error', message: [`${what}: ${how}`, ...last].join('\n'), help: `run ${what} by itself` }]);
}

/** Until an action fails. */
async function time(what: string, count: number, action: () => Promise<Result<unknown>>): Promise<Result<Row>> {
  const took: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    const done = await action();
    if (!done.ok) return done;
    took.push(performance.now() - start);
  }
  took.sort((a, b) => a - b);
  return ok({ what, minMs: took[0] ?? 0, medianMs: took[Math.floor(took.length / 2)] ?? 0 });
}
