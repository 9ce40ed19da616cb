// SPDX-License-Identifier: MIT
/** Two runs of one experiment laid beside each other: what is the same to the byte, what moved, what is claimed otherwise. */
import { cellId, estimate, type Effect, type Estimate, type Summary } from '@unspin/experiment';
import { armTitle, metricTitle, scenarioTitle } from './names.ts';
import { counted, ratios, withUnit } from './numbers.ts';

export interface MovedMetric {
  readonly tree: string;
  readonly scenario: string;
  readonly metric: string;
  readonly arm: string;
  /** Of the second run over the first, paired by seed. */
  readonly estimate: Estimate;
  readonly medians: { readonly first: number; readonly second: number };
  /** Whether the interval leaves 1 out; without one, whether the medians differ. */
  readonly moved: boolean;
}

export interface ChangedClaim {
  readonly effect: Pick<Effect, 'tree' | 'scenario' | 'metric' | 'baseline' | 'arm'>;
  /** undefined: the comparison is not in that run. */
  readonly first: Effect['claim'] | undefined;
  readonly second: Effect['claim'] | undefined;
}

export interface RunComparison {
  readonly experiment: string;
  /** Keys of the description that differ, and what differs in the trees: results need not agree then. */
  readonly differs: readonly string[];
  readonly cells: {
    /** The same console and the same measurements, to the byte. */
    readonly equal: readonly string[];
    readonly different: readonly string[];
    readonly onlyFirst: readonly string[];
    readonly onlySecond: readonly string[];
  };
  /** All groups both runs have. */
  readonly metrics: readonly MovedMetric[];
  readonly claims: readonly ChangedClaim[];
}

export function compareRuns(first: Summary, second: Summary): RunComparison {
  const [left, right] = [first, second].map((s) => new Map(s.cells.map((c) => [cellId(c.cell), `${c.consoleSha256} ${c.outcomeSha256}`])));
  const both = [...(left?.keys() ?? [])].filter((id) => right?.has(id));
  return {
    experiment: second.experiment.name,
    differs: [...describedOtherwise(first, second), ...madeOtherwise(first, second)],
    cells: {
      equal: both.filter((id) => left?.get(id) === right?.get(id)),
      different: both.filter((id) => left?.get(id) !== right?.get(id)),
      onlyFirst: [...(left?.keys() ?? [])].filter((id) => !right?.has(id)),
      onlySecond: [...(right?.keys() ?? [])].filter((id) => !left?.has(id)),
    },
    metrics: movedMetrics(first, second),
    claims: changedClaims(first, second),
  };
}

function describedOtherwise(first: Summary, second: Summary): string[] {
  const keys = [...new Set([...Object.keys(first.experiment), ...Object.keys(second.experiment)])] as (keyof Summary['experiment'])[];
  return keys.filter((key) => JSON.stringify(first.experiment[key]) !== JSON.stringify(second.experiment[key])).map((key) => `description: ${key}`);
}

function madeOtherwise(first: Summary, second: Summary): string[] {
  return first.provenance.flatMap((a) => {
    const b = second.provenance.find((p) => p.tree === a.tree);
    if (b === undefined) return [];
    const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])] as (keyof typeof a)[];
    return keys.filter((key) => JSON.stringify(a[key]) !== JSON.stringify(b[key])).map((key) => `${a.tree}: ${key}`);
  });
}

function movedMetrics(first: Summary, second: Summary): MovedMetric[] {
  const { confidence } = second.experiment;
  return first.groups.flatMap((a): MovedMetric[] => {
    const b = second.groups.find((g) => g.tree === a.tree && g.scenario === a.scenario && g.metric === a.metric && g.arm === a.arm);
    if (b === undefined) return [];
    const pairs = a.values.flatMap(({ seed, value }) => {
      const other = b.values.find((v) => v.seed === seed);
      return other === undefined ? [] : [{ seed, baseline: value, arm: other.value }];
    });
    const found = estimate(pairs, { confidence });
    const moved = found.kind === 'ratio' ? found.low > 1 || found.high < 1 : found.kind !== 'identical' && a.median !== b.median;
    return [{ tree: a.tree, scenario: a.scenario, metric: a.metric, arm: a.arm, estimate: found, medians: { first: a.median, second: b.median }, moved }];
  });
}

function changedClaims(first: Summary, second: Summary): ChangedClaim[] {
  const key = (e: ChangedClaim['effect']): string => [e.tree, e.scenario, e.metric, e.baseline, e.arm].join('/');
  const [left, right] = [new Map(first.effects.map((e) => [key(e), e])), new Map(second.effects.map((e) => [key(e), e]))];
  return [...new Map([...left, ...right])].flatMap(([id, { tree, scenario, metric, baseline, arm }]) => {
    const [a, b] = [left.get(id)?.claim, right.get(id)?.claim];
    return a === b ? [] : [{ effect: { tree, scenario, metric, baseline, arm }, first: a, second: b }];
  });
}

/** For people. `summary` is of the second run, for the names of things. */
export function formatComparison({ cells, claims, differs, metrics, experiment }: RunComparison, summary: Summary): string {
  const of = summary.experiment;
  const both = cells.equal.length + cells.different.length;
  const moved = metrics.filter((m) => m.moved);
  return [
    `${experiment}: two runs`,
    ...differs.map((what) => `  differs: ${what}`),
    `${cells.equal.length} of ${counted(both, 'cell')} equal to the byte${cells.onlyFirst.length + cells.onlySecond.length === 0 ? '' : `; ${cells.onlyFirst.length} only in the first run, ${cells.onlySecond.length} only in the second`}`,
    ...cells.different.slice(0, 10).map((id) => `  differs: ${id}`),
    ...(cells.different.length > 10 ? [`  and ${cells.different.length - 10} more`] : []),
    moved.length === 0 ? `no metric moved (${metrics.length} compared)` : `${moved.length} of ${counted(metrics.length, 'metric')} moved, second over first:`,
    ...moved.map((m) => `  ${m.tree}, ${scenarioTitle(of, m.scenario)}, ${armTitle(of, m.arm)}: ${metricTitle(of, m.metric)} ${movement(m, of.metrics[m.metric]?.unit ?? '')}`),
    claims.length === 0 ? 'the same is claimed' : 'claimed otherwise:',
    ...claims.map((c) => `  ${c.effect.tree}, ${scenarioTitle(of, c.effect.scenario)}: ${metricTitle(of, c.effect.metric)}, ${armTitle(of, c.effect.arm)}: ${c.first ?? 'not there'} → ${c.second ?? 'not there'}`),
    '',
  ].join('\n');
}

function movement({ estimate: e, medians }: MovedMetric, unit: string): string {
  const from = `${withUnit(medians.first, unit)} → ${withUnit(medians.second, unit)}`;
  if (e.kind !== 'ratio') return from;
  const [middle, low, high] = ratios(e.ratio, e.low, e.high);
  return `${middle}x [${low}, ${high}] (${from})`;
}
