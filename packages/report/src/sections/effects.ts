// SPDX-License-Identifier: MIT
import { hasBetter, isClaim, metricsByWeight, type Effect, type Group, type Summary } from '@unspin/experiment';
import { barsPanel } from '../charts/bars.ts';
import { forestAxis, forestDomain, forestStrip } from '../charts/forest.ts';
import { html, type Markup } from '../markup.ts';
import { direction, metricTitle, pairTitle, scenarioTitle } from '../names.ts';
import { percent } from '../numbers.ts';
import { effectNumbers, effectSentence } from '../sentences.ts';
import { armLegend } from './legend.ts';

/** Ratios with intervals: a part for each compared pair, those with a better direction first. */
export function effectChart(summary: Summary): Markup | undefined {
  const { experiment, effects } = summary;
  if (effects.length === 0) return undefined;
  const parts = experiment.compare.flatMap((pair) => {
    const of = effects.filter((e) => e.baseline === pair.baseline && e.arm === pair.arm);
    const directed = of.filter((e) => hasBetter(experiment.metrics[e.metric]));
    const rest = of.filter((e) => !hasBetter(experiment.metrics[e.metric]));
    return [
      ...(directed.length === 0 ? [] : [html`<h3>${pairTitle(experiment, pair)}</h3>${forest(summary, directed)}`]),
      ...(rest.length === 0 ? [] : [html`<h3>${pairTitle(experiment, pair)} <small>what has no better direction</small></h3>${forest(summary, rest)}`]),
    ];
  });
  return html`<section id="effects"><h2>Effects</h2>
<p class="note">Each dot is a median ratio, its line the ${percent(experiment.confidence)} interval, on a logarithmic scale. Filled: the interval leaves out 1, so something is claimed. Hollow: nothing is.</p>
${parts}</section>`;
}

function forest(summary: Summary, effects: readonly Effect[]): Markup {
  const { experiment } = summary;
  const domain = forestDomain(effects);
  const groups = metricsByWeight(experiment).flatMap((metric) => Object.keys(experiment.scenarios).map((scenario) => ({ metric, scenario, rows: effects.filter((e) => e.metric === metric && e.scenario === scenario) })));
  return html`<div class="forest"><div class="axis"><div>${forestAxis(domain)}</div></div>
${groups
  .filter((g) => g.rows.length > 0)
  .map(
    ({ metric, scenario, rows }) => html`<div class="group"><h4>${metricTitle(experiment, metric)}, ${scenarioTitle(experiment, scenario)} <small>${direction(experiment, metric)}</small></h4></div>
${rows.map((effect) => row(summary, effect, domain))}`,
  )}</div>`;
}

function row(summary: Summary, effect: Effect, domain: readonly [number, number]): Markup {
  const says = effect.reason === undefined ? effect.claim : effect.claim === 'no effect shown' && effect.estimate.kind === 'ratio' ? effect.claim : `${effect.claim}: ${effect.reason.replace(/^.*?: /, '')}`;
  return html`<div class="row"><span class="tree">${effect.tree}</span><div class="strip">${forestStrip(effect, domain, effectSentence(summary, effect))}</div>
<span class="numbers">${effectNumbers(summary, effect)}</span><span class="says ${isClaim(effect.claim) ? `claimed ${effect.claim}` : 'muted'}">${says}</span></div>\n`;
}

/** Bars with every seed, a row of panels for each metric. */
export function spread(summary: Summary): Markup | undefined {
  const { experiment, groups } = summary;
  if (groups.length === 0) return undefined;
  return html`<section id="spread"><h2>Numbers and their spread</h2>
<p class="note">Bars: median over seeds. Thick line: the middle half of the seeds. Dots: each seed. Trees stand side by side.</p>
${armLegend(experiment)}
${metricsByWeight(experiment).map((metric) => {
  const of = groups.filter((g) => g.metric === metric);
  return of.length === 0 ? undefined : html`<h3>${metricTitle(experiment, metric)}${experiment.metrics[metric]?.unit ? ` in ${experiment.metrics[metric].unit}` : ''} <small>${direction(experiment, metric)}</small></h3>
<div class="grid">${Object.keys(experiment.scenarios).map((scenario) => bars(summary, scenario, metric, of.filter((g) => g.scenario === scenario)))}</div>`;
})}</section>`;
}

const bars = (summary: Summary, scenario: string, metric: string, groups: readonly Group[]): Markup | undefined =>
  groups.length === 0 ? undefined : html`<figure><figcaption><h4>${scenarioTitle(summary.experiment, scenario)}</h4></figcaption>${barsPanel(summary, scenario, metric, groups)}</figure>\n`;
