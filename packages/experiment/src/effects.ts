// SPDX-License-Identifier: MIT
import type { Experiment, Metric } from './description.ts';
import { cellId } from './result.ts';
import { estimate, type Estimate, type Pair } from './statistics.ts';
import type { CellPrint, Group } from './group.ts';

/** What is said of a comparison. Only the first three claim anything. */
export type Claim = 'better' | 'worse' | 'changed' | 'no effect shown' | 'too few pairs' | 'no ratio (baseline 0)';

export interface Effect {
  readonly tree: string;
  readonly scenario: string;
  readonly metric: string;
  readonly baseline: string;
  readonly arm: string;
  readonly estimate: Estimate;
  readonly claim: Claim;
  /** Why there is no more to say, for the last three claims. */
  readonly reason?: string;
  /** Of the pairs used. */
  readonly medians?: { readonly baseline: number; readonly arm: number };
  /** Seeds of which a side failed, was not run, or gave no such number: left out of the pairs. */
  readonly dropped: readonly number[];
  /** Seeds whose two cells gave exactly what an earlier seed's did: no observation of their own, left out of the pairs. */
  readonly duplicates: readonly number[];
}

export const hasBetter = (metric: Metric | undefined): boolean => metric !== undefined && metric.better !== 'neither';

export const isClaim = (claim: Claim): boolean => claim === 'better' || claim === 'worse' || claim === 'changed';

/** All comparisons that have a number on either side, in the order tree, scenario, metric. */
export function effectsOf(experiment: Experiment, groups: readonly Group[], cells: readonly CellPrint[]): Effect[] {
  const prints = new Map(cells.map(({ cell, outcomeSha256 }) => [cellId(cell), outcomeSha256]));
  return experiment.trees.flatMap((tree) =>
    Object.keys(experiment.scenarios).flatMap((scenario) =>
      Object.entries(experiment.metrics).flatMap(([metric, described]) =>
        experiment.compare.flatMap(({ baseline, arm }): Effect[] => {
          const of = (name: string) => groups.find((g) => g.tree === tree && g.scenario === scenario && g.metric === metric && g.arm === name);
          const [left, right] = [of(baseline), of(arm)];
          if (left === undefined && right === undefined) return [];
          const at = { tree, scenario, metric, baseline, arm };
          return [effect(at, described, experiment, left, right, (name, seed) => prints.get(cellId({ tree, scenario, arm: name, seed })))];
        }),
      ),
    ),
  );
}

type Place = Pick<Effect, 'tree' | 'scenario' | 'metric' | 'baseline' | 'arm'>;

function effect(at: Place, metric: Metric, experiment: Experiment, left: Group | undefined, right: Group | undefined, print: (arm: string, seed: number) => string | undefined): Effect {
  const values = (group: Group | undefined) => new Map(group?.values.map((v) => [v.seed, v.value]));
  const [baselines, arms] = [values(left), values(right)];
  const seeds = [...new Set([...Array.from({ length: experiment.seeds }, (_, i) => i + 1), ...baselines.keys(), ...arms.keys()])].sort((a, b) => a - b);
  const paired: Pair[] = seeds.flatMap((seed) => {
    const [baseline, arm] = [baselines.get(seed), arms.get(seed)];
    return baseline === undefined || arm === undefined ? [] : [{ seed, baseline, arm }];
  });
  const seen = new Set<string>();
  const pairs = paired.filter(({ seed }) => {
    const both = `${print(at.baseline, seed)}\n${print(at.arm, seed)}`;
    const fresh = !seen.has(both);
    seen.add(both);
    return fresh;
  });
  const found = estimate(pairs, { confidence: experiment.confidence });
  return {
    ...at,
    estimate: found,
    ...claimOf(found, metric.better, experiment.confidence),
    ...(pairs.length === 0 ? {} : { medians: { baseline: median(pairs.map((p) => p.baseline)), arm: median(pairs.map((p) => p.arm)) } }),
    dropped: seeds.filter((seed) => !paired.some((p) => p.seed === seed)),
    duplicates: paired.filter((p) => !pairs.includes(p)).map((p) => p.seed),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return ((sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN) + (sorted[Math.floor(sorted.length / 2)] ?? Number.NaN)) / 2;
}

function claimOf(found: Estimate, better: Metric['better'], confidence: number): { claim: Claim; reason?: string } {
  const percent = `${Number((confidence * 100).toFixed(1))} %`;
  switch (found.kind) {
    case 'identical':
      return { claim: 'no effect shown', reason: 'identical: both arms gave the same number for every seed' };
    case 'too-few':
      return { claim: 'too few pairs', reason: `${found.pairs} ${found.pairs === 1 ? 'pair' : 'pairs'}; ${percent} takes at least ${found.least}` };
    case 'no-ratio':
      return { claim: 'no ratio (baseline 0)', reason: `the baseline is 0 for ${found.zeros} of ${found.pairs} seeds` };
    case 'ratio': {
      if (found.low <= 1 && found.high >= 1) return { claim: 'no effect shown', reason: `the ${percent} interval holds 1` };
      if (better === 'neither') return { claim: 'changed' };
      return { claim: found.high < 1 === (better === 'lower') ? 'better' : 'worse' };
    }
  }
}
