// SPDX-License-Identifier: MIT
import { hasBetter, isClaim, metricsByWeight, type Effect, type Group, type Summary } from '@unspin/experiment';
import { barsPanel } from '../charts/bars.ts';
import { forestAxis, forestDomain, forestStrip } from '../charts/forest.ts';
import { html, type Markup } from '../markup.ts';
import { direction, metricTitle, pairTitle, scenarioTitle } from '../names.ts';
import { percent } from '../numbers.ts';
import { effectNumbers, effectSentence, reasonToTell } from '../sentences.ts';
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
  return html`<div class="forest">${metricsByWeight(experiment).map((metric) => {
    const of = effects.filter((e) => e.metric === metric);
    if (of.length === 0) return undefined;
    const domain = forestDomain(of);
    return html`<div class="metric"><h4>${metricTitle(experiment, metric)} <small>${direction(experiment, metric)}</small></h4>
${of.some((e) => 'ratio' in e.estimate) ? html`<div class="axis">${forestAxis(domain)}</div>` : undefined}
${Object.keys(experiment.scenarios).map((scenario) => {
      const rows = of.filter((e) => e.scenario === scenario);
      return rows.length === 0 ? undefined : html`<p class="scenario">${scenarioTitle(experiment, scenario)}</p>\n${rows.map((effect) => row(summary, effect, domain))}`;
    })}</div>`;
  })}</div>`;
}

function row(summary: Summary, effect: Effect, domain: readonly [number, number]): Markup {
  const reason = reasonToTell(effect);
  const says = reason === undefined ? effect.claim : `${effect.claim}: ${reason}`;
  const strip = 'ratio' in effect.estimate || effect.estimate.kind === 'identical' ? forestStrip(effect, domain, effectSentence(summary, effect)) : undefined;
  return html`<div class="row"><span class="tree">${effect.tree}</span><div class="strip">${strip}</div>
<span class="numbers">${effectNumbers(summary, effect)}</span><span class="says ${isClaim(effect.claim) ? `claimed ${effect.claim}` : 'muted'}">${says}</span></div>\n`;
}

/** Bars with every seed, a row of panels for each metric. */
export function spread(summary: Summary): Markup | undefined {
  const { experiment, groups } = summary;
  if (groups.length === 0) return undefined;
  return html`<section id="spread"><h2>Numbers and their spread</h2>
<p class="note">Bars: median over seeds. Thick line: the middle half of the seeds. Dots: each seed. Trees stand side by side.</p>
${armLegend(experiment)}
<div class="grid">${metricsByWeight(experiment).map((metric) => Object.keys(experiment.scenarios).map((scenario) => bars(summary, scenario, metric, groups.filter((g) => g.metric === metric && g.scenario === scenario))))}</div></section>`;
}

function bars(summary: Summary, scenario: string, metric: string, groups: readonly Group[]): Markup | undefined {
  const { experiment } = summary;
  if (groups.length === 0) return undefined;
  const unit = experiment.metrics[metric]?.unit ?? '';
  const notes = [...(unit === '' || unit === 'ns' ? [] : [`in ${unit}`]), ...(hasBetter(experiment.metrics[metric]) ? [direction(experiment, metric)] : [])].join(', ');
  return html`<figure><figcaption><h4>${metricTitle(experiment, metric)} <small>${notes}</small></h4>${scenarioTitle(experiment, scenario)}</figcaption>${barsPanel(summary, scenario, metric, groups)}</figure>\n`;
}
