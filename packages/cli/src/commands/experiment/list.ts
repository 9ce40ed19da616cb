// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import type { Diagnostic } from '@unspin/diagnostics';
import { cellsOf, findExperiments, loadExperiment } from '@unspin/experiment';
import type { Context } from '../../context.ts';
import type { Outcome } from '../../output.ts';
import { importPolicyModule } from '../../policy-module.ts';

/** Every experiment of experiments/, with what it compares. */
export async function runLabList(context: Context): Promise<Outcome> {
  const diagnostics: Diagnostic[] = [];
  const experiments: { name: string; title: string; file: string; cells: number; clock: string; trees: readonly string[]; arms: readonly string[] }[] = [];
  for (const path of findExperiments(join(context.root, 'experiments'))) {
    const loaded = await loadExperiment(path, context.root, importPolicyModule);
    diagnostics.push(...loaded.diagnostics);
    if (!loaded.ok) continue;
    const { experiment, file } = loaded.value;
    experiments.push({ name: experiment.name, title: experiment.title, file, cells: cellsOf(experiment).length, clock: experiment.clock, trees: experiment.trees, arms: Object.keys(experiment.arms) });
  }
  const text = experiments.map((e) => `${e.file}\n    ${e.title}\n    ${e.trees.join(', ')}; ${e.arms.join(', ')}; ${e.cells} cells, ${e.clock === 'virtual' ? 'virtual time' : e.clock}\n`).join('');
  return { diagnostics, data: { experiments }, text: text === '' ? 'experiments/ holds no *.experiment.ts\n' : text };
}
