// SPDX-License-Identifier: MIT
import * as Plot from '@observablehq/plot';
import type { Group, Summary } from '@unspin/experiment';
import type { Markup } from '../markup.ts';
import { armIndex, armTitle, metricTitle, scenarioTitle } from '../names.ts';
import { digits, withUnit } from '../numbers.ts';
import { armColor, PANEL_WIDTH, svg } from './svg.ts';

/** Where a seed's dot stands beside its neighbours: spread evenly, and the same each time. */
const aside = (i: number, n: number): number => (n < 2 ? 0 : 14 * (((i * 7) % n) / (n - 1) - 0.5));

const SCALES: readonly (readonly [number, string])[] = [[1e9, ' s'], [1e6, ' ms'], [1e3, ' µs']];

/** How an axis writes the numbers, so that its labels stay short: ns as ms or s, large counts as k and M. */
function tickFormat(unit: string, most: number): (value: number) => string {
  if (unit === 'ns') {
    const [scale, name] = SCALES.find(([s]) => most >= s) ?? [1, ' ns'];
    return (v) => (v === 0 ? '0' : `${digits(v / scale)}${name}`);
  }
  if (most >= 2e6) return (v) => (v === 0 ? '0' : `${digits(v / 1e6)}M`);
  return most >= 20_000 ? (v) => (v === 0 ? '0' : `${digits(v / 1e3)}k`) : digits;
}

/** Medians as bars from 0, the middle half of the seeds as a line, each seed as a dot; trees side by side. */
export function barsPanel(summary: Summary, scenario: string, metric: string, groups: readonly Group[]): Markup {
  const { experiment } = summary;
  const unit = experiment.metrics[metric]?.unit ?? '';
  const arms = Object.keys(experiment.arms).filter((arm) => groups.some((g) => g.arm === arm));
  const trees = experiment.trees.filter((tree) => groups.some((g) => g.tree === tree));
  const most = Math.max(...groups.map((g) => g.max));
  const dots = groups.flatMap((g) => g.values.map(({ value }, i) => ({ ...g, value, dx: aside(i, g.values.length) })));
  const colour = (g: { readonly arm: string }): string => armColor(armIndex(experiment, g.arm));
  const shift = new Map<number, typeof dots>();
  for (const dot of dots) shift.set(dot.dx, [...(shift.get(dot.dx) ?? []), dot]);
  const said = groups.map((g) => `${g.tree} ${armTitle(experiment, g.arm)}: median ${withUnit(g.median, unit)}, ${withUnit(g.min, unit)} to ${withUnit(g.max, unit)}`).join('; ');
  return svg(`${metricTitle(experiment, metric)}, ${scenarioTitle(experiment, scenario)}. ${said}.`, {
    width: PANEL_WIDTH,
    height: 190,
    marginLeft: 52,
    marginRight: 6,
    marginTop: 10,
    marginBottom: 24,
    fx: { domain: trees, label: null, padding: 0.12, axis: null },
    x: { domain: arms, axis: null, padding: 0.15 },
    y: { domain: [0, most === 0 ? 1 : most * 1.04], label: null },
    marks: [
      Plot.gridY({ stroke: 'var(--line)', strokeOpacity: 1, ticks: 4 }),
      Plot.axisY({ ticks: 4, tickSize: 0, tickFormat: tickFormat(unit, most), label: null }),
      Plot.axisFx({ anchor: 'bottom', label: null, tickSize: 0, fontSize: 12 }),
      Plot.barY(groups, { fx: 'tree', x: 'arm', y: 'median', fill: colour, fillOpacity: 0.55, stroke: colour, strokeWidth: 1 }),
      Plot.ruleX(groups, { fx: 'tree', x: 'arm', y1: 'q1', y2: 'q3', stroke: 'var(--ink)', strokeWidth: 2.5 }),
      ...[...shift].map(([dx, at]) => Plot.dot(at, { fx: 'tree', x: 'arm', y: 'value', dx, r: 2, fill: 'var(--page)', stroke: 'var(--ink)', strokeWidth: 1 })),
      Plot.ruleY([0], { stroke: 'var(--ink)' }),
    ],
  });
}
