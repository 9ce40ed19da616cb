// SPDX-License-Identifier: MIT
/** One experiment as one page: it loads nothing, runs nothing, and is the same bytes for the same results. */
import type { CellResult, Summary } from '@unspin/experiment';
import { html, Markup } from './markup.ts';
import { controlSentence } from './control.ts';
import { verdictSentence } from './sentences.ts';
import { effectChart, spread } from './sections/effects.ts';
import { counters, provenance, reliability, setup, vcpus } from './sections/tables.ts';
import { fairness, latencies } from './sections/time-series.ts';
import { tiles, timeNotes, verdicts } from './sections/verdicts.ts';
import { STYLE } from './style.ts';

const TITLES = {
  verdicts: 'Verdicts', time: 'What its times mean', effects: 'Effects', spread: 'Spread', latencies: 'Latencies', fairness: 'Fairness', vcpus: 'vCPU times', counters: 'Counters', reliability: 'Reliability', setup: 'What was run', provenance: 'Provenance',
};

export function renderHtml(summary: Summary, results: readonly CellResult[]): string {
  const { experiment } = summary;
  const control = controlSentence(summary);
  const sections: Readonly<Record<keyof typeof TITLES, Markup | undefined>> = {
    verdicts: verdicts(summary),
    time: timeNotes(summary),
    effects: effectChart(summary),
    spread: spread(summary),
    latencies: latencies(summary, results),
    fairness: fairness(summary, results),
    vcpus: vcpus(summary, results),
    counters: counters(summary, results),
    reliability: reliability(summary),
    setup: setup(summary),
    provenance: provenance(summary),
  };
  const there = Object.entries(sections).flatMap(([id, section]) => (section === undefined ? [] : [{ id: id as keyof typeof TITLES, section }]));
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${experiment.title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<header>
<p class="eyebrow">unspin experiment ${experiment.name}</p>
<h1>${experiment.title}</h1>
<p class="question">${experiment.question}</p>
<p class="lead">${verdictSentence(summary)}</p>
${control === undefined ? undefined : html`<p class="banner">${control}</p>`}
${tiles(summary)}
<nav aria-label="Contents"><ul>${there.map(({ id }) => html`<li><a href="#${id}">${TITLES[id]}</a></li>`)}</ul></nav>
</header>
<main>
${there.map(({ section }) => html`${section}\n`)}</main>
<footer>Made by unspin from the results file of this run. docs/experiments.md says how to read it.</footer>
</body>
</html>
`.text;
}
