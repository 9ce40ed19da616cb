// SPDX-License-Identifier: MIT
import * as Plot from '@observablehq/plot';
import type { Experiment } from '@unspin/experiment';
import type { FairnessPanel } from '../fairness.ts';
import type { Markup } from '../markup.ts';
import { armIndex, armTitle, scenarioTitle } from '../names.ts';
import { digits, nanoseconds } from '../numbers.ts';
import { armColor, armDash, PANEL_WIDTH, svg, vmColor } from './svg.ts';

const place = (experiment: Experiment, panel: FairnessPanel): string => `tree ${panel.tree}, ${scenarioTitle(experiment, panel.scenario)}`;
const seconds = (v: number): string => (v === 0 ? '0' : `${digits(v)} s`);

/** How far one VM was ahead of another, by arm: median of the seeds, and their middle half. */
export function leadChart(experiment: Experiment, panel: FairnessPanel): Markup {
  const lines = panel.leads.map((l) => ({ ...l, index: armIndex(experiment, l.arm) }));
  const most = Math.max(...lines.flatMap((l) => l.points.map((p) => p.q3)), 1e-6);
  const said = lines.map((l) => `${armTitle(experiment, l.arm)}: ${nanoseconds((l.points.at(-1)?.median ?? 0) * 1e9)} at the end`).join('; ');
  return svg(`Lead of one VM over another, ${place(experiment, panel)}. ${said}.`, {
    width: PANEL_WIDTH,
    height: 170,
    marginLeft: 52,
    marginRight: 12,
    marginTop: 10,
    marginBottom: 26,
    x: { label: null },
    y: { domain: [0, most * 1.05], label: null },
    marks: [
      Plot.gridY({ stroke: 'var(--line)', strokeOpacity: 1, ticks: 4 }),
      Plot.axisY({ ticks: 4, tickSize: 0, label: null, tickFormat: (v: number) => (v === 0 ? '0' : nanoseconds(v * 1e9)) }),
      Plot.axisX({ ticks: 5, tickSize: 3, label: null, tickFormat: seconds }),
      ...lines.map((l) => Plot.areaY(l.points, { x: 'at', y1: 'q1', y2: 'q3', fill: armColor(l.index), fillOpacity: 0.18 })),
      ...lines.map((l) => Plot.lineY(l.points, { x: 'at', y: 'median', stroke: armColor(l.index), strokeWidth: 2, strokeDasharray: armDash(l.index) })),
      Plot.ruleY([0], { stroke: 'var(--ink)' }),
    ],
  });
}

/** Each VM's share of the CPU time that was used, window by window, an arm above the other. */
export function shareChart(experiment: Experiment, panel: FairnessPanel): Markup | undefined {
  if (panel.shares === undefined) return undefined;
  const arms = Object.keys(experiment.arms);
  const vms = [...new Set(panel.shares.areas.map((a) => a.vm))];
  return svg(`Share of each VM in the CPU time used, ${place(experiment, panel)}, seed ${panel.shares.seed}, an arm above the other.`, {
    width: PANEL_WIDTH,
    height: 40 + 66 * arms.length,
    marginLeft: 40,
    marginRight: 12,
    marginTop: 6,
    marginBottom: 26,
    fy: { domain: arms, axis: null, padding: 0.3 },
    x: { label: null },
    y: { domain: [0, 1], label: null },
    marks: [
      ...vms.map((vm, i) => Plot.areaY(panel.shares?.areas.filter((a) => a.vm === vm) ?? [], { fy: 'arm', x: 'at', y1: 'from', y2: 'to', fill: vmColor(i), stroke: 'var(--page)', strokeWidth: 1 })),
      Plot.axisY({ ticks: [0, 0.5, 1], tickSize: 0, label: null, tickFormat: (v: number) => `${v * 100} %` }),
      Plot.axisX({ ticks: 5, tickSize: 3, label: null, tickFormat: seconds }),
      Plot.text(arms, { fy: (arm: string) => arm, text: (arm: string) => armTitle(experiment, arm), frameAnchor: 'top-left', dy: -12, textAnchor: 'start', fill: 'var(--ink)', fontWeight: 600 }),
    ],
  });
}
