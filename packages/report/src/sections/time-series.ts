// SPDX-License-Identifier: MIT
import { histogramQuantile, type CellResult, type Summary } from '@unspin/experiment';
import { leadChart, shareChart } from '../charts/fairness.ts';
import { latencyChart, latencyPanels, latencyRange } from '../charts/latency.ts';
import { fairnessPanels } from '../fairness.ts';
import { html, table, type Markup } from '../markup.ts';
import { armTitle, scenarioTitle } from '../names.ts';
import { nanoseconds } from '../numbers.ts';
import { armLegend, vmLegend } from './legend.ts';

const QUANTILES = [0.5, 0.9, 0.99, 0.999];

/** How long lock waits and shootdowns took, as distributions. */
export function latencies(summary: Summary, results: readonly CellResult[]): Markup | undefined {
  const { experiment } = summary;
  const panels = latencyPanels(experiment, results);
  if (panels.length === 0) return undefined;
  const several = new Set(panels.map((p) => p.name)).size > 1;
  const rows = panels.flatMap((p) =>
    p.arms.map((a) => [
      `${p.tree}, ${scenarioTitle(experiment, p.scenario)}${several ? `, ${p.name}` : ''}: ${armTitle(experiment, a.arm)}`,
      ...QUANTILES.map((q) => nanoseconds(histogramQuantile(a.histogram, q) ?? 0)),
      nanoseconds(histogramQuantile(a.histogram, 1) ?? 0),
      String(a.total).replace(/\B(?=(\d{3})+(?!\d))/g, ','),
    ]),
  );
  const range = latencyRange(panels);
  return html`<section id="latencies"><h2>Latencies</h2>
<p class="note">Share of latencies that were shorter (upwards, stretched towards 100 % to show the tail) than a time (to the right, logarithmic). A line further left is better.
Guests count in buckets from one power of two to the next. All times here are the upper bounds of their buckets, so the true time may be down to half of it. All seeds are laid on top of each other.</p>
${armLegend(experiment, 'line')}
<div class="grid">${panels.map((p) => html`<figure><figcaption><h4>${p.tree}, ${scenarioTitle(experiment, p.scenario)} <small>${p.name}</small></h4></figcaption>${latencyChart(experiment, p, range)}</figure>\n`)}</div>
${table('Latencies: the share in the head took less than the time', ['', ...QUANTILES.map((q) => `${q * 100} %`), 'all', 'count'], rows)}
</section>`;
}

/** Who had CPU time, and when. */
export function fairness(summary: Summary, results: readonly CellResult[]): Markup | undefined {
  const { experiment } = summary;
  const panels = fairnessPanels(experiment, results);
  if (panels.length === 0) return undefined;
  const head = (p: { readonly tree: string; readonly scenario: string }, note = ''): Markup => html`<figcaption><h4>${p.tree}, ${scenarioTitle(experiment, p.scenario)}${note === '' ? undefined : html` <small>${note}</small>`}</h4></figcaption>`;
  const vms = [...new Set(panels.flatMap((p) => p.shares?.areas.map((a) => a.vm) ?? []))];
  return html`<section id="fairness"><h2>Fairness over time</h2>
<h3>Lead of one VM over another</h3>
<p class="note">CPU time per vCPU that the VM furthest ahead had got more than the one furthest behind, since the load began. Line: median of the seeds. Band: their middle half. Flat and low is fair.
VMs that are done early fall behind afterwards, which is no unfairness.</p>
${armLegend(experiment, 'line')}
<div class="grid">${panels.map((p) => html`<figure>${head(p)}${leadChart(experiment, p)}</figure>\n`)}</div>
<h3>Share of each VM</h3>
<p class="note">Of the CPU time that VMs used in each window, in one seed: the first that all arms finished.</p>
${vmLegend(vms)}
<div class="grid">${panels.map((p) => (p.shares === undefined ? undefined : html`<figure>${head(p, `seed ${p.shares.seed}`)}${shareChart(experiment, p)}</figure>\n`))}</div>
</section>`;
}
