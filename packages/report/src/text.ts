// SPDX-License-Identifier: MIT
import { isClaim, type CellResult, type Summary } from '@unspin/experiment';
import { clockSentence } from './clocks.ts';
import { controlSentence } from './control.ts';
import { armTitle, scenarioTitle, vmTitle } from './names.ts';
import { nanoseconds } from './numbers.ts';
import { provenanceText } from './provenance.ts';
import { comparisonsSentence, effectSentence, effectsWithDirection, reliabilitySentence, repeatSentence, unequalRetriesSentence, verdictSentence } from './sentences.ts';
import { vcpuTimes } from './vcpu-times.ts';

const MARK = { better: '+', worse: '-', changed: '*' } as const;

/** For a terminal and for CI's log: what the page says first, without the charts. */
export function formatText(summary: Summary, results: readonly CellResult[]): string {
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
    ...vcpuLines(summary, results),
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

function vcpuLines({ experiment }: Summary, results: readonly CellResult[]): string[] {
  const rows = vcpuTimes(experiment, results);
  if (rows.length === 0) return [];
  return [
    '',
    'vCPU times while the load ran, all vCPUs of a VM together, median over seeds:',
    ...rows.map((row) => {
      const arms = [...row.arms].map(([arm, { runNs, stealNs, spinNs }]) => `${armTitle(experiment, arm)}: run ${nanoseconds(runNs)}, steal ${nanoseconds(stealNs)}${spinNs === undefined ? '' : `, spin ${nanoseconds(spinNs)}`}`);
      return `  ${row.tree}, ${scenarioTitle(experiment, row.scenario)}, ${vmTitle(row)}; ${arms.join('; ')}`;
    }),
  ];
}
