// SPDX-License-Identifier: MIT
import type { ExperimentInput } from './description.ts';

const MARK = Symbol.for('unspin.experiment');

export interface DefinedExperiment {
  readonly [MARK]: true;
  readonly input: unknown;
}

/** States one experiment. An experiment file's default export is the result; values are checked when it is run. */
export function defineExperiment(input: ExperimentInput): DefinedExperiment {
  return { [MARK]: true, input };
}

export const isDefinedExperiment = (value: unknown): value is DefinedExperiment => typeof value === 'object' && value !== null && MARK in value;
