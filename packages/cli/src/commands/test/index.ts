// SPDX-License-Identifier: MIT
/** `unspin test`: everything that can fail, cheapest first, with one report of it all. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatJunit, formatKtap, roomFor, totals, WORKDIR_BYTES, type Case, type Report } from '@unspin/lab';
import type { Diagnostic } from '@unspin/diagnostics';
import { cacheDir, fetchTree, findReferenceTree, REFERENCE_TREES, SOURCES_BYTES } from '@unspin/trees';
import { shownPath, type Context } from '../../context.ts';
import type { Outcome } from '../../output.ts';
import { pool } from '../../pool.ts';
import { makeSteps, stepsWithin, type Say } from '../../steps.ts';
import { writableCache } from '../../kernel.ts';
import { unexpected } from '../../unexpected.ts';
import { book, caseLine, failedCase, Results } from './cases.ts';
import type { TestOptions } from './options.ts';
import { controlTest } from './control.ts';
import { ensurePackages } from './packages.ts';
import { prepareTrees, SMOKE_POLICY, treeTests } from './trees.ts';
import { unitTests } from './unit.ts';

export async function runTest(context: Context, options: TestOptions): Promise<Outcome> {
  const trees = options.tree ?? REFERENCE_TREES.map((t) => t.name);
  const unknown = trees.map(findReferenceTree).flatMap((t) => t.diagnostics);
  if (unknown.length > 0) return { diagnostics: unknown };
  const cache = writableCache(context);
  if (!cache.ok) return cache;
  const full = options.unit === true ? undefined : await roomForTrees(trees);
  if (full !== undefined) return { diagnostics: [full] };

  const started = performance.now();
  const print = options.json === true ? context.stderr : context.stdout;
  const results = new Results((suite, c) => {
    // Passed unit tests are many and say nothing; everything else gets a line.
    if (['unit', 'slow', 'browser'].includes(suite) && c.outcome.kind === 'ok') return;
    print(caseLine(suite, c));
  });
  const steps = await makeSteps(context);
  if (options.unit === true) {
    await steps.run('types, unit and scenario tests', (say) => unitTests(context, results, ['unit', 'slow'], say));
  } else {
    const there = await steps.run('system packages', (say) => book(results, 'packages', 'programs the lab needs', () => ensurePackages(context, say), (detail) => detail));
    const what = `types, unit and scenario tests; of ${trees.join(', ')} every patch, a kernel with ${SMOKE_POLICY}${options.smoke ? ', its nested boot, the negative control' : ''}`;
    // Fetching waits for the network and the disk, tests for the processor.
    await steps.run(what, (say) => Promise.all([unitTests(context, results, ['unit', 'slow', 'browser'], say), there === undefined ? undefined : kernelTests(context, results, trees, options, say)]));
  }
  return finish(context, { name: 'unspin', suites: results.suites }, performance.now() - started);
}

/** Room for the trees that are not there yet. */
async function roomForTrees(trees: readonly string[]): Promise<Diagnostic | undefined> {
  const known = await Promise.all(trees.map((tree) => fetchTree({ tree, offline: true })));
  const absent = known.filter((fetched) => !fetched.ok).length;
  return roomFor(`unspin test of ${absent === 1 ? 'a tree' : `${absent} trees`} from nothing`, cacheDir(), absent * (SOURCES_BYTES + WORKDIR_BYTES));
}

/**
 * All trees beside each other: what one does on a single core, such as configuring, booting, or compiling a long file, leaves the other
 * to the next. The newest is first to begin, so that the negative control finds most of its kernel built.
 */
async function kernelTests(context: Context, results: Results, trees: readonly string[], options: TestOptions, say: Say): Promise<void> {
  const newestFirst = [...trees].reverse();
  const within = (name: string): Say => (text) => say(text.startsWith(`${name}:`) ? text : `${name}: ${text}`);
  const prepared = prepareTrees(context, results, newestFirst, options.smoke, within);
  await pool(trees.length, [
    ...newestFirst.map((tree, i) => async () => {
      const at = await prepared[i];
      if (at === undefined || context.signal.aborted) return;
      // A disk that runs full in one tree must not take the others' results with it.
      await treeTests(context, results, at, options, within(tree)).catch((error: unknown) => results.add(`${tree} sources`, failedCase('tests of the tree end', 0, [unexpected(error)])));
    }),
    async () => {
      const ready = (await Promise.all(prepared)).flatMap((at) => at?.sources.tree ?? []);
      if (context.signal.aborted) return;
      // Sources that cannot be had are skipped; with none at all nothing of what this is for was tested.
      if (ready.length === 0) results.add('kernels', failedCase('there is a tree to test', 0, [{ code: 'TEST_FAILED', severity: 'error', message: 'no tree is ready: see its sources above' }]));
      else if (options.smoke) await controlTest(context, stepsWithin(within('negative control')), results, ready);
    },
  ]);
}

function finish(context: Context, report: Report, tookMs: number): Outcome {
  const dir = join(cacheDir(), 'reports');
  const kept = keepReports(dir, report);

  const all = report.suites.flatMap((s) => s.cases.map((c) => ({ suite: s.name, c })));
  const counts = totals(all.map(({ c }) => c));
  const of = (kind: Case['outcome']['kind']) => all.filter(({ c }) => c.outcome.kind === kind);
  const skipped = of('skipped').map(({ suite, c }) => `SKIP ${suite}: ${c.name}: ${c.outcome.kind === 'skipped' ? c.outcome.reason : ''}\n`);
  const failed = of('failed').map(({ suite, c }) => `FAIL ${suite}: ${c.name}: ${c.detail.split('\n')[0]}\n`);
  const text = [
    '\n',
    ...skipped,
    ...failed,
    `${kept === undefined ? `reports: ${shownPath(context, dir)}/unspin.ktap, unspin.junit.xml` : 'no reports'}; ${(tookMs / 1000).toFixed(0)} s\n`,
    `${counts.ok} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`,
  ].join('');
  const diagnostics: Diagnostic[] = context.signal.aborted
    ? [{ code: 'INTERRUPTED', severity: 'error', message: 'interrupted; what was done until then is in the reports' }]
    : counts.failed > 0
      ? [{ code: 'TEST_FAILED', severity: 'error', message: `${counts.failed} of ${all.length} failed` }]
      : [];
  return { diagnostics: [...(kept === undefined ? [] : [kept]), ...diagnostics], data: { totals: counts, report }, text };
}

/** What came of an hour is printed even where it cannot be written. */
function keepReports(dir: string, report: Report): Diagnostic | undefined {
  try {
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, 'unspin.ktap'), formatKtap(report));
    writeFileSync(join(dir, 'unspin.junit.xml'), formatJunit(report));
    return undefined;
  } catch (error) {
    return unexpected(error);
  }
}
