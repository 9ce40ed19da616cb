// SPDX-License-Identifier: MIT
/** Results reduced to what can be said of them. Plain JSON: every report is made of this and the results themselves. */
import { createHash } from 'node:crypto';
import type { Experiment } from './description.ts';
import { effectsOf, hasBetter, type Effect } from './effects.ts';
import { metricValue } from './metric-value.ts';
import { cellsOf, planOrder } from './plan.ts';
import { reliabilityOf, type Reliability } from './reliability.ts';
import type { CellResult, JournalEntry, RepeatCheck, TreeProvenance } from './result.ts';
import type { CellPrint, Group } from './group.ts';
import { quartiles } from './sample.ts';

export interface Summary {
  readonly schema: 1;
  readonly experiment: Experiment;
  readonly command: string;
  readonly provenance: readonly TreeProvenance[];
  readonly groups: readonly Group[];
  readonly effects: readonly Effect[];
  /** Metrics no cell gave a value for: most often a counter's name that the kernel does not have. */
  readonly emptyMetrics: readonly string[];
  readonly comparisons: {
    /** Intervals that were looked at, each of which could have made a claim. */
    readonly made: number;
    /** Claims to expect among them although there is nothing: at most made × (1 − confidence). */
    readonly expectedFalse: number;
  };
  readonly reliability: Reliability;
  readonly cells: readonly CellPrint[];
}

/** What stands beside the results. */
export interface SummaryExtras {
  readonly command?: string;
  readonly repeats?: readonly RepeatCheck[];
  readonly journal?: readonly JournalEntry[];
}

export function summarize(experiment: Experiment, provenance: readonly TreeProvenance[], results: readonly CellResult[], extras: SummaryExtras = {}): Summary {
  const byPlan = planOrder(experiment);
  const cells = [...results].sort((a, b) => byPlan(a.cell, b.cell));
  const groups = groupsOf(experiment, cells);
  const prints = cells.map(printOf);
  const effects = effectsOf(experiment, groups, prints);
  const made = effects.filter((e) => e.estimate.kind === 'ratio' || e.estimate.kind === 'identical').length;
  return {
    schema: 1,
    experiment,
    command: extras.command ?? '',
    provenance: experiment.trees.flatMap((tree) => provenance.filter((p) => p.tree === tree)),
    groups,
    effects,
    emptyMetrics: Object.keys(experiment.metrics).filter((metric) => cells.some((c) => c.outcome.kind === 'done') && !groups.some((g) => g.metric === metric)),
    comparisons: { made, expectedFalse: made * (1 - experiment.confidence) },
    reliability: reliabilityOf(cellsOf(experiment), cells, extras.repeats ?? [], extras.journal ?? []),
    cells: prints,
  };
}

const printOf = ({ cell, outcome, consoleSha256 }: CellResult): CellPrint => ({
  cell,
  verdict: outcome.kind === 'done' ? 'done' : outcome.verdict,
  consoleSha256,
  outcomeSha256: createHash('sha256').update(JSON.stringify(outcome, sorted)).digest('hex'),
});

/** For JSON: keys in one order, whoever made the object. */
const sorted = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;

/** Metrics with a better direction come first, each part in the order of the description. */
export const metricsByWeight = ({ metrics }: Experiment): string[] => {
  const names = Object.keys(metrics);
  return [...names.filter((name) => hasBetter(metrics[name])), ...names.filter((name) => !hasBetter(metrics[name]))];
};

function groupsOf(experiment: Experiment, cells: readonly CellResult[]): Group[] {
  return experiment.trees.flatMap((tree) =>
    Object.entries(experiment.scenarios).flatMap(([scenario, described]) =>
      Object.entries(experiment.metrics).flatMap(([metric, from]) =>
        Object.keys(experiment.arms).flatMap((arm): Group[] => {
          const values = cells.flatMap(({ cell, outcome }) => {
            if (cell.tree !== tree || cell.scenario !== scenario || cell.arm !== arm || outcome.kind !== 'done') return [];
            const value = metricValue(from, described, outcome.measurements);
            return value === undefined || !Number.isFinite(value) ? [] : [{ seed: cell.seed, value }];
          });
          const spread = quartiles(values.map((v) => v.value));
          return spread === undefined ? [] : [{ tree, scenario, metric, arm, ...spread, values }];
        }),
      ),
    ),
  );
}
