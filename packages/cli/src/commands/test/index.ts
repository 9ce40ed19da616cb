// SPDX-License-Identifier: MIT
/** `unspin test`: everything that can fail, cheapest first, with one report of it all. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatJunit, formatKtap, totals, type Case, type Report } from '@unspin/lab';
import type { Diagnostic } from '@unspin/diagnostics';
import { cacheDir, findReferenceTree, REFERENCE_TREES } from '@unspin/trees';
import { shownPath, type Context } from '../../context.ts';
import type { Outcome } from '../../output.ts';
import { pool } from '../../pool.ts';
import { makeSteps, stepsWithin, type Say, type Steps } from '../../steps.ts';
import { writableCache } from '../../kernel.ts';
import { book, failedCase, Results } from './cases.ts';
import type { TestOptions } from './options.ts';
import { controlTest } from './control.ts';
import { ensurePackages } from './packages.ts';
import { prepareTrees, SMOKE_POLICY, treeTests, type ReadyTree } from './trees.ts';
import { unitTests } from './unit.ts';

export async function runTest(context: Context, options: TestOptions): Promise<Outcome> {
  const trees = options.tree ?? REFERENCE_TREES.map((t) => t.name);
  const unknown = trees.map(findReferenceTree).flatMap((t) => t.diagnostics);
  if (unknown.length > 0) return { diagnostics: unknown };
  const cache = writableCache(context);
  if (!cache.ok) return cache;

  const started = performance.now();
  const print = options.json === true ? context.stderr : context.stdout;
  const results = new Results((suite, c) => {
    const line = caseLine(suite, c);
    if (line !== undefined) print(line);
  });
  const steps = await makeSteps(context);
  if (options.unit === true) {
    await steps.run('types, unit and scenario tests', (say) => unitTests(context, results, ['unit'], say));
  } else {
    const there = await steps.run('system packages', (say) => book(results, 'packages', 'programs the lab needs', () => ensurePackages(context, say), (detail) => detail));
    // Fetching waits for the network and the disk, tests for the processor.
    const [ready] = await steps.run(`types, unit and scenario tests; sources and series of ${trees.join(', ')}`, (say) =>
      Promise.all([there === undefined ? [] : prepareTrees(context, results, trees, options.smoke, say), unitTests(context, results, ['unit', 'browser'], say)]),
    );
    // Sources that cannot be had are skipped; with none at all nothing of what this is for was tested.
    if (there !== undefined && ready.length === 0 && !context.signal.aborted) results.add('kernels', failedCase('there is a tree to test', 0, [{ code: 'TEST_FAILED', severity: 'error', message: 'no tree is ready: see its sources above' }]));
    if (ready.length > 0 && !context.signal.aborted) await kernelTests(context, steps, results, ready, options);
  }
  return finish(context, { name: 'unspin', suites: results.suites }, performance.now() - started);
}

/** Two trees at a time: what one does on a single core, such as configuring, booting, or compiling a long file, leaves the other to the next. */
async function kernelTests(context: Context, steps: Steps, results: Results, ready: readonly ReadyTree[], options: TestOptions): Promise<void> {
  const withSmoke = options.smoke;
  // The negative control's tree comes first, so that it finds most of its kernel built.
  const trees = [...ready].reverse();
  const prefixed = (say: Say, name: string): Say => (text) => say(text.startsWith(`${name}:`) ? text : `${name}: ${text}`);
  const title = `${ready.map((at) => at.sources.tree).join(', ')}: every patch, a kernel with ${SMOKE_POLICY}${withSmoke ? ', its nested boot, the negative control' : ''}`;
  await steps.run(title, (say) =>
    pool(2, [
      ...trees.map((at) => () => treeTests(context, results, at, options, prefixed(say, at.sources.tree))),
      async () => {
        if (withSmoke && !context.signal.aborted) await controlTest(context, stepsWithin(prefixed(say, 'negative control')), results, ready.map((at) => at.sources.tree));
      },
    ]),
  );
}

/** Passed unit tests are many and say nothing; everything else gets a line. */
function caseLine(suite: string, c: Case): string | undefined {
  if ((suite === 'unit' || suite === 'browser') && c.outcome.kind === 'ok') return undefined;
  const mark = { ok: 'ok  ', failed: 'FAIL', skipped: 'SKIP' }[c.outcome.kind];
  const [said = '', ...more] = (c.outcome.kind === 'skipped' ? c.outcome.reason : c.detail).split('\n');
  const output = c.outcome.kind === 'failed' ? (c.output ?? []) : [];
  const took = c.durationMs < 100 ? '' : ` (${(c.durationMs / 1000).toFixed(1)} s)`;
  return [`${mark} ${suite}: ${c.name}${took}${said === '' ? '' : `: ${said}`}`, ...[...more, ...output].map((l) => `       ${l}`.trimEnd())].join('\n') + '\n';
}

function finish(context: Context, report: Report, tookMs: number): Outcome {
  const dir = join(cacheDir(), 'reports');
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'unspin.ktap'), formatKtap(report));
  writeFileSync(join(dir, 'unspin.junit.xml'), formatJunit(report));

  const all = report.suites.flatMap((s) => s.cases.map((c) => ({ suite: s.name, c })));
  const counts = totals(all.map(({ c }) => c));
  const of = (kind: Case['outcome']['kind']) => all.filter(({ c }) => c.outcome.kind === kind);
  const skipped = of('skipped').map(({ suite, c }) => `SKIP ${suite}: ${c.name}: ${c.outcome.kind === 'skipped' ? c.outcome.reason : ''}\n`);
  const failed = of('failed').map(({ suite, c }) => `FAIL ${suite}: ${c.name}: ${c.detail.split('\n')[0]}\n`);
  const text = [
    '\n',
    ...skipped,
    ...failed,
    `reports: ${shownPath(context, dir)}/unspin.ktap, unspin.junit.xml; ${(tookMs / 1000).toFixed(0)} s\n`,
    `${counts.ok} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`,
  ].join('');
  const diagnostics: Diagnostic[] = context.signal.aborted
    ? [{ code: 'INTERRUPTED', severity: 'error', message: 'interrupted; what was done until then is in the reports' }]
    : counts.failed > 0
      ? [{ code: 'TEST_FAILED', severity: 'error', message: `${counts.failed} of ${all.length} failed` }]
      : [];
  return { diagnostics, data: { totals: counts, report }, text };
}
