// SPDX-License-Identifier: MIT
import { ok, type Result } from '@unspin/diagnostics';
import { findDefinitions, importDirectly, loadDefinition, type DefinitionKind, type ImportModule } from '@unspin/policy/definition-file';
import { isDefinedExperiment } from './define.ts';
import type { Experiment } from './description.ts';
import { parseExperiment } from './parse.ts';

export interface LoadedExperiment {
  readonly experiment: Experiment;
  /** Path as printed: relative to the project, with forward slashes. */
  readonly file: string;
  /** Absolute path. */
  readonly source: string;
}

const EXPERIMENT: DefinitionKind<Experiment> = {
  noun: 'experiment',
  dir: 'experiments',
  definer: 'defineExperiment',
  codes: 'EXPERIMENT',
  inputOf: (exported) => (isDefinedExperiment(exported) ? exported : undefined),
  parse: (input) => {
    const { experiment, problems } = parseExperiment(input);
    return experiment === undefined ? { problems } : { value: experiment, problems };
  },
  nameOf: (experiment) => experiment.name,
};

/** Experiment files of a folder, sorted by name. */
export const findExperiments = (dir: string): string[] => findDefinitions(dir, 'experiment');

/** Loads and checks one experiment file; warnings come with it. Effects: reads and runs the file. */
export async function loadExperiment(path: string, projectRoot: string, importExperiment: ImportModule = importDirectly): Promise<Result<LoadedExperiment>> {
  const loaded = await loadDefinition(EXPERIMENT, path, projectRoot, importExperiment);
  return loaded.ok ? ok({ experiment: loaded.value.value, file: loaded.value.file, source: path }, loaded.diagnostics) : loaded;
}
