// SPDX-License-Identifier: MIT
import { isClaim, type Summary } from '@unspin/experiment';
import { clockSentence } from './clocks.ts';
import { controlSentence } from './control.ts';
import { provenanceText } from './provenance.ts';
import { comparisonsSentence, effectSentence, effectsWithDirection, reliabilitySentence, repeatSentence, unequalRetriesSentence, verdictSentence } from './sentences.ts';

const MARK = { better: '+', worse: '-', changed: '*' } as const;

/** For a terminal and for CI's log: what the page says first, without the charts. */
export function formatText(summary: Summary): string {
  const { experiment } = summary;
  const control = controlSentence(summary);
  const unequal = unequalRetriesSentence(summary);
  const rest = summary.effects.filter((e) => !effectsWithDirection(summary).includes(e));
  const lines = (effects: Summary['effects']): string[] => effects.map((e) => `  ${MARK[e.claim as keyof typeof MARK] ?? ' '} ${effectSentence(summary, e)}`);
  const directed = effectsWithDirection(summary);
  return [
    experiment.title,
    experiment.question,
    '',
    verdictSentence(summary),
    ...(control === undefined ? [] : [control]),
    ...lines([...directed.filter((e) => isClaim(e.claim)), ...directed.filter((e) => !isClaim(e.claim))]),
    ...(rest.length === 0 ? [] : ['', 'Numbers that have no better direction:', ...lines(rest)]),
    ...(summary.emptyMetrics.length === 0 ? [] : ['', `No cell gave a number for: ${summary.emptyMetrics.join(', ')}`]),
    '',
    comparisonsSentence(summary),
    reliabilitySentence(summary),
    repeatSentence(summary),
    ...(unequal === undefined ? [] : [unequal]),
    ...summary.provenance.map(provenanceText),
    clockSentence(summary),
    '',
  ].join('\n');
}
