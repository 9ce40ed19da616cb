// SPDX-License-Identifier: MIT
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { summarize, loadExperiment, type Experiment } from '@unspin/experiment';
import { controlFaults } from '@unspin/report';
import { resultOf, type StoredCell } from '@unspin/lab';
import { fail, ok, type Result } from '@unspin/diagnostics';
import { cacheDir } from '@unspin/trees';
import { shownPath, type Context } from '../../context.ts';
import { importPolicyModule } from '../../policy-module.ts';
import type { Steps } from '../../steps.ts';
import { applyOptions } from '../experiment/options.ts';
import { checkTrees } from '../experiment/prepare.ts';
import { runExperiment, type RanExperiment } from '../experiment/run.ts';
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
  const has = await checkTrees(context, wanted.value.experiment);
  if (!has.ok) return has;
  const ran = await runExperiment(context, steps, wanted.value, false);
  if (!ran.ok) return ran;
  const { stored } = ran.value;
  const wrong = [...lost(stored, `consoles are in ${shownPath(context, join(cacheDir(), 'experiments', 'consoles'))}`), ...unequalBoots(wanted.value.experiment.clock, stored)];
  if (wrong.length > 0) return fail(wrong);
  const judged = judgeControl(wanted.value.experiment, ran.value);
  return judged.ok ? ok(judged.value, ran.diagnostics) : judged;
}

interface Judged {
  readonly stored: readonly StoredCell[];
  readonly repeats: RanExperiment['repeats'];
  readonly ready: readonly Pick<RanExperiment['ready'][number], 'provenance'>[];
}

/** One diagnostic for all that speaks against it. */
export function judgeControl(experiment: Experiment, { stored, repeats, ready }: Judged): Result<string> {
  const cells = stored.map(resultOf);
  const summary = summarize(experiment, ready.map((r) => r.provenance), cells, { repeats });
  const faults = controlFaults(summary, cells);
  if (faults.length > 0) return fail([{ code: 'LAB_VERDICT', severity: 'error', message: ['the negative control does not hold', ...faults].join('\n') }]);
  const { made } = summary.comparisons;
  return ok(`no effect in ${made} ${made === 1 ? 'number' : 'numbers'}, no counter of a mechanism moved, ${repeats.length} ${repeats.length === 1 ? 'repeat' : 'repeats'} equal to the byte`);
}
