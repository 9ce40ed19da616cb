// SPDX-License-Identifier: MIT
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { summarize, loadExperiment, type Experiment } from '@unspin/experiment';
import { controlHolds, controlSentence } from '@unspin/report';
import { resultOf } from '@unspin/lab';
import { fail, ok, type Result } from '@unspin/diagnostics';
import { cacheDir } from '@unspin/trees';
import { shownPath, type Context } from '../../context.ts';
import { importPolicyModule } from '../../policy-module.ts';
import type { Steps } from '../../steps.ts';
import { applyOptions } from '../experiment/options.ts';
import { runExperiment } from '../experiment/run.ts';
import { lost, unequalBoots } from '../experiment/verdict.ts';
import { book, skippedCase, type Results } from './cases.ts';

const SUITE = 'negative control';
const CASE = 'mechanisms that nothing calls show no effect';

/** The lab must not see an effect where there can be none, and repeats must give the same bytes. */
export async function controlTest(context: Context, steps: Steps, results: Results, trees: readonly string[]): Promise<void> {
  const file = join(context.root, 'experiments/negative-control.experiment.ts');
  const loaded = await loadExperiment(file, context.root, importPolicyModule);
  const experiment = loaded.ok ? loaded.value.experiment : undefined;
  const tree = experiment?.trees.filter((t) => trees.includes(t)) ?? [];
  if (experiment !== undefined && tree.length === 0) {
    results.add(SUITE, skippedCase(CASE, `it is for ${experiment.trees.join(', ')}`));
    return;
  }
  await book(results, SUITE, CASE, async () => (loaded.ok ? control(context, steps, loaded.value.experiment, tree) : loaded), (said) => said);
}

async function control(context: Context, steps: Steps, experiment: Experiment, tree: readonly string[]): Promise<Result<string>> {
  const wanted = applyOptions(experiment, { tree, repeat: '2' }, availableParallelism());
  if (!wanted.ok) return wanted;
  const ran = await runExperiment(context, steps, wanted.value, false);
  if (!ran.ok) return ran;
  const { stored, repeats, ready } = ran.value;
  const wrong = [...lost(stored, `consoles are in ${shownPath(context, join(cacheDir(), 'experiments', 'consoles'))}`), ...unequalBoots(wanted.value.experiment.clock, stored)];
  if (wrong.length > 0) return fail(wrong);
  const summary = summarize(wanted.value.experiment, ready.map((r) => r.provenance), stored.map(resultOf), { repeats });
  const differing = repeats.filter((r) => r.first !== r.again);
  const moved = summary.groups.filter((g) => wanted.value.experiment.metrics[g.metric]?.from.kind === 'counter' && g.values.some((v) => v.value !== 0)).map((g) => g.metric);
  const counted = moved.length === 0 ? 'no counter of theirs moved' : `counters moved that nobody should move: ${[...new Set(moved)].join(', ')}`;
  const said = `${controlSentence(summary) ?? ''} ${counted}; ${repeats.length} repeats, ${differing.length === 0 ? 'all equal to the byte' : `${differing.length} with other bytes`}`;
  if (controlHolds(summary) && moved.length === 0 && differing.length === 0 && repeats.length > 0) return ok(said, ran.diagnostics);
  return fail([{ code: 'LAB_VERDICT', severity: 'error', message: said }]);
}
