// SPDX-License-Identifier: MIT
/** Tables with a column for each scenario and arm, in parts that fit on paper. */
import type { Experiment } from '@unspin/experiment';
import { table, type Markup, type Part } from './markup.ts';
import { armTitle, scenarioTitle } from './names.ts';

/** Columns of numbers with ten digits that fit beside a name on A4. */
const MOST_COLUMNS = 6;

export interface ScenarioColumns {
  readonly scenario: string;
  readonly arms: readonly string[];
}

/** A scenario's arms stay together, unless they alone are too many. */
export function columnParts(scenarios: readonly string[], arms: readonly string[]): ScenarioColumns[][] {
  if (arms.length > MOST_COLUMNS) return scenarios.flatMap((scenario) => chunks(arms, MOST_COLUMNS).map((part) => [{ scenario, arms: part }]));
  return chunks(scenarios, Math.floor(MOST_COLUMNS / Math.max(1, arms.length))).map((part) => part.map((scenario) => ({ scenario, arms })));
}

function chunks<T>(all: readonly T[], most: number): T[][] {
  // As equal as can be: a last part with one column looks like something left over.
  const size = Math.ceil(all.length / Math.ceil(all.length / most));
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}

export interface ScenarioRow {
  readonly name: Part;
  readonly cell: (scenario: string, arm: string) => Part;
}

export function scenarioTables(experiment: Experiment, caption: string, first: string, scenarios: readonly string[], rows: readonly ScenarioRow[]): Markup[] {
  const parts = columnParts(scenarios, Object.keys(experiment.arms));
  return parts.map((part, i) =>
    table(
      parts.length === 1 ? caption : `${caption}, part ${i + 1} of ${parts.length}`,
      [first, ...part.flatMap((of) => of.arms.map((arm) => armTitle(experiment, arm)))],
      rows.map((row) => [row.name, ...part.flatMap((of) => of.arms.map((arm) => row.cell(of.scenario, arm)))]),
      part.map((of) => ({ title: scenarioTitle(experiment, of.scenario), columns: of.arms.length })),
    ),
  );
}
