// SPDX-License-Identifier: MIT
import { isClaim, leastPairs, type Effect, type Summary } from '@unspin/experiment';
import { clockNote } from '../clocks.ts';
import { html, type Markup } from '../markup.ts';
import { metricTitle } from '../names.ts';
import { percent } from '../numbers.ts';
import { comparisonsSentence, effectSentence, effectsWithDirection } from '../sentences.ts';

const claimClass = (effect: Effect): string => (isClaim(effect.claim) ? `claim ${effect.claim}` : 'none');

/** Claims first, as far as they have a better direction; what claims nothing stands below them and is not left out. */
export function verdicts(summary: Summary): Markup {
  const { experiment } = summary;
  const directed = effectsWithDirection(summary);
  const ordered = [...directed.filter((e) => isClaim(e.claim)), ...directed.filter((e) => !isClaim(e.claim))];
  const least = leastPairs(experiment.confidence);
  return html`<section id="verdicts"><h2>Verdicts</h2>
${ordered.length === 0 ? html`<p>Nothing is compared.</p>` : html`<ul class="verdicts">${ordered.map((e) => html`<li class="${claimClass(e)}">${effectSentence(summary, e)}</li>\n`)}</ul>`}
<p class="note">The number is the median of the ratios arm / baseline, paired by seed. The brackets are its ${percent(experiment.confidence)} interval. Better or worse is said only where the interval
leaves 1 out; otherwise no effect is shown, which does not mean that there is none. Fewer than ${least} pairs claim nothing.</p>
<p class="note">${comparisonsSentence(summary)}</p>
${summary.emptyMetrics.length === 0 ? undefined : html`<p class="banner">No cell gave a number for: ${summary.emptyMetrics.map((m) => metricTitle(experiment, m)).join(', ')}. Is the counter's name right?</p>`}
</section>`;
}

/** What the run's times mean; the same words for every experiment with that clock. */
export function timeNotes(summary: Summary): Markup {
  const note = clockNote(summary);
  return html`<section id="time"><h2>What its times mean</h2>
<h3>${note.title}</h3>
<div class="two"><div><h4>It models</h4><ul>${note.does.map((t) => html`<li>${t}</li>`)}</ul></div>
<div><h4>It does not model</h4><ul>${note.doesNot.map((t) => html`<li>${t}</li>`)}</ul></div></div>
</section>`;
}

/** Counts at the head of the page. */
export function tiles(summary: Summary): Markup {
  const directed = effectsWithDirection(summary);
  const of = (claim: Effect['claim']): number => directed.filter((e) => e.claim === claim).length;
  const silent = directed.length - of('better') - of('worse') - of('no effect shown');
  const { finished, planned } = summary.reliability;
  const list: readonly (readonly [string, string])[] = [
    [String(of('better')), 'better'],
    [String(of('worse')), 'worse'],
    [String(of('no effect shown')), 'no effect shown'],
    ...(silent > 0 ? [[String(silent), 'can say nothing'] as const] : []),
    [`${finished} / ${planned}`, 'cells finished'],
    [String(summary.experiment.seeds), summary.experiment.seeds === 1 ? 'seed' : 'seeds'],
  ];
  return html`<ul class="tiles">${list.map(([n, what]) => html`<li><b>${n}</b>${what}</li>`)}</ul>`;
}

