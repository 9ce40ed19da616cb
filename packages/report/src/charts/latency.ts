// SPDX-License-Identifier: MIT
import * as Plot from '@observablehq/plot';
import { histogramQuantile, histogramsOf, pooled, type CellResult, type Experiment, type Histogram } from '@unspin/experiment';
import type { Markup } from '../markup.ts';
import { armIndex, armTitle, scenarioTitle } from '../names.ts';
import { nanoseconds } from '../numbers.ts';
import { armColor, armDash, PANEL_WIDTH, svg } from './svg.ts';

/** Latencies of one name, of one tree and scenario, by arm: all seeds and all VMs that count, laid on top of each other. */
export interface LatencyPanel {
  readonly tree: string;
  readonly scenario: string;
  readonly name: string;
  readonly arms: readonly { readonly arm: string; readonly total: number; readonly histogram: Histogram }[];
}

export function latencyPanels(experiment: Experiment, results: readonly CellResult[]): LatencyPanel[] {
  return Object.entries(experiment.scenarios).flatMap(([scenario, { vms }]) =>
    experiment.trees.flatMap((tree) => {
      const counting = new Set(vms.filter((vm) => !vm.coRunner).map((vm) => vm.name));
      const done = results.flatMap(({ cell, outcome }) =>
        cell.tree === tree && cell.scenario === scenario && outcome.kind === 'done' ? [{ arm: cell.arm, vms: outcome.measurements.vms.filter((vm) => counting.has(vm.name)) }] : [],
      );
      const names = [...new Set(done.flatMap((d) => d.vms.flatMap((vm) => Object.keys(vm.latencies))))].sort();
      return names.flatMap((name): LatencyPanel[] => {
        const arms = Object.keys(experiment.arms).flatMap((arm) => {
          const histogram = pooled(done.filter((d) => d.arm === arm).flatMap((d) => histogramsOf(d.vms, name)));
          const total = histogram.counts.reduce((a, b) => a + b, 0);
          return total === 0 ? [] : [{ arm, total, histogram }];
        });
        return arms.length === 0 ? [] : [{ tree, scenario, name, arms }];
      });
    }),
  );
}

/** Nines: 90 % is 1, 99 % is 2. The slowest of all stands where one in `total` is left. */
const nines = (under: number, total: number): number => Math.log10(total / Math.max(1, total - under));

/**
 * Points of a distribution: of each bucket its upper bound, and the share known to lie below. Between two bounds nothing is
 * known, so the line keeps the lower share: it never shows a latency as shorter than it may have been.
 */
export function distribution({ counts }: Histogram, total: number): { ns: number; nines: number }[] {
  const first = counts.findIndex((c) => c > 0);
  const last = counts.findLastIndex((c) => c > 0);
  let under = 0;
  const points = first > 0 ? [{ ns: 2 ** (first - 1), nines: 0 }] : [];
  for (let i = Math.max(0, first); i <= last; i += 1) {
    under += counts[i] ?? 0;
    points.push({ ns: 2 ** i, nines: nines(under, total) });
  }
  return points;
}

const SHARES = [0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999, 0.9999999];

/** One panel; `range` is of all panels, so that they can be laid beside each other. */
export function latencyChart(experiment: Experiment, panel: LatencyPanel, range: { readonly ns: readonly [number, number]; readonly nines: number }): Markup {
  const lines = panel.arms.map((a) => ({ ...a, index: armIndex(experiment, a.arm), points: distribution(a.histogram, a.total) }));
  const said = panel.arms.map((a) => `${armTitle(experiment, a.arm)}: half under ${nanoseconds(histogramQuantile(a.histogram, 0.5) ?? 0)}, 99 % under ${nanoseconds(histogramQuantile(a.histogram, 0.99) ?? 0)}`).join('; ');
  const ticks = SHARES.map((share) => ({ share, at: -Math.log10(1 - share) })).filter((t) => t.at <= range.nines);
  const decades = Array.from({ length: 12 }, (_, i) => 10 ** i).filter((ns) => ns >= range.ns[0] && ns <= range.ns[1]);
  return svg(`Latencies of ${panel.name}, tree ${panel.tree}, ${scenarioTitle(experiment, panel.scenario)}. ${said}.`, {
    width: PANEL_WIDTH,
    height: 200,
    marginLeft: 62,
    marginRight: 12,
    marginTop: 10,
    marginBottom: 26,
    x: { type: 'log', domain: [...range.ns], label: null },
    y: { domain: [0, range.nines], label: null },
    marks: [
      Plot.gridY(ticks.map((t) => t.at), { stroke: 'var(--line)', strokeOpacity: 1 }),
      Plot.gridX(decades, { stroke: 'var(--line)', strokeOpacity: 1 }),
      Plot.axisY(ticks.map((t) => t.at), { tickSize: 0, label: null, tickFormat: (at: number) => `${Number((100 * (1 - 10 ** -at)).toFixed(6))} %` }),
      Plot.axisX(decades, { tickSize: 3, label: null, tickFormat: (ns: number) => nanoseconds(ns) }),
      ...lines.map((l) => Plot.lineY(l.points, { x: 'ns', y: 'nines', curve: 'step-after', stroke: armColor(l.index), strokeWidth: 2, strokeDasharray: armDash(l.index) })),
      ...lines.map((l) => Plot.dot(l.points.slice(-1), { x: 'ns', y: 'nines', r: 3.5, fill: armColor(l.index) })),
    ],
  });
}

/** What all panels together need of the axes. */
export function latencyRange(panels: readonly LatencyPanel[]): { ns: [number, number]; nines: number } {
  const points = panels.flatMap((p) => p.arms.flatMap((a) => distribution(a.histogram, a.total)));
  const ns = points.map((p) => p.ns);
  return { ns: [Math.max(1, Math.min(...ns)), Math.max(2, ...ns)], nines: Math.max(1, ...points.map((p) => p.nines)) * 1.05 };
}
