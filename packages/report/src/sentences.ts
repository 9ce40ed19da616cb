// SPDX-License-Identifier: MIT
/** What a report says in words: the same in HTML, on the terminal and in CI. */
import { cellId, hasBetter, metricsByWeight, type Effect, type Retried, type Summary } from '@unspin/experiment';
import { metricTitle, pairTitle, scenarioTitle } from './names.ts';
import { counted, percent, ratios, withUnit } from './numbers.ts';

/** "0.87x [0.82, 0.93]", or what there is instead of it. */
export function effectNumbers(summary: Summary, effect: Effect): string {
  const { estimate, medians } = effect;
  const unit = summary.experiment.metrics[effect.metric]?.unit ?? '';
  switch (estimate.kind) {
    case 'ratio': {
      const [middle, low, high] = ratios(estimate.ratio, estimate.low, estimate.high);
      return `${middle}x [${low}, ${high}]`;
    }
    case 'identical':
      return 'identical';
    case 'too-few':
      return estimate.ratio === undefined ? '' : `${ratios(estimate.ratio).join('')}x without an interval`;
    case 'no-ratio':
      return medians === undefined ? '' : `median ${withUnit(medians.baseline, unit)} → ${withUnit(medians.arm, unit)}`;
  }
}

/** "6.12, two VMs, hackbench: time of the load 0.87x [0.82, 0.93], better" */
export function effectSentence(summary: Summary, effect: Effect): string {
  const { experiment } = summary;
  const pair = experiment.compare.length > 1 ? ` (${pairTitle(experiment, effect)})` : '';
  const numbers = effectNumbers(summary, effect);
  const used = 'pairs' in effect.estimate && effect.estimate.pairs < experiment.seeds && effect.claim !== 'too few pairs' ? `; ${effect.estimate.pairs} of ${counted(experiment.seeds, 'pair')}` : '';
  const reason = reasonToTell(effect);
  return `${effect.tree}, ${scenarioTitle(experiment, effect.scenario)}: ${metricTitle(experiment, effect.metric)}${pair} ${numbers}${numbers === '' ? '' : ', '}${effect.claim}${reason === undefined ? '' : `: ${reason}`}${used}`;
}

/** The reason of a claim, where the claim and the numbers do not say it already. */
export function reasonToTell({ estimate, reason }: Effect): string | undefined {
  if (estimate.kind === 'ratio' || estimate.kind === 'identical') return undefined;
  return estimate.kind === 'no-ratio' && estimate.zeros === estimate.pairs ? undefined : reason;
}

/** By metric, scenario and tree, as they are read. */
export const effectsWithDirection = (summary: Summary): Effect[] =>
  metricsByWeight(summary.experiment)
    .filter((metric) => hasBetter(summary.experiment.metrics[metric]))
    .flatMap((metric) => Object.keys(summary.experiment.scenarios).flatMap((scenario) => summary.effects.filter((e) => e.metric === metric && e.scenario === scenario)));

/** The whole run in a sentence or two. */
export function verdictSentence(summary: Summary): string {
  const effects = effectsWithDirection(summary);
  if (summary.experiment.compare.length === 0) return 'No arms are compared in this experiment: it only measures.';
  if (effects.length === 0) return 'There is nothing to compare: no cell gave a number that has a better direction.';
  const of = (claim: Effect['claim']): number => effects.filter((e) => e.claim === claim).length;
  const rest = effects.length - of('better') - of('worse') - of('no effect shown');
  const parts = [`${of('better')} better`, `${of('worse')} worse`, `${of('no effect shown')} with no effect shown`, ...(rest > 0 ? [`${rest} that can say nothing`] : [])];
  return `${counted(effects.length, 'comparison')} of numbers that have a better direction: ${parts.join(', ')}.`;
}

export function comparisonsSentence({ comparisons, experiment }: Summary): string {
  if (comparisons.made === 0) return 'No interval could be made, so nothing is claimed.';
  const { made, expectedFalse } = comparisons;
  const about = expectedFalse < 10 ? expectedFalse.toFixed(1) : expectedFalse.toFixed(0);
  return `${counted(made, 'interval')} at ${percent(experiment.confidence)} ${made === 1 ? 'was' : 'were'} looked at. Up to ${about} of them may exclude 1 by chance alone, with no effect behind them.`;
}

export function reliabilitySentence({ reliability: r }: Summary): string {
  const missing = r.planned - r.attempted;
  return [
    `${r.finished} of ${counted(r.planned, 'cell')} finished`,
    r.failed.length === 0 ? 'none failed' : `${r.failed.length} failed (${r.verdicts.map((v) => `${v.verdict} ${v.cells}`).join(', ')})`,
    ...(missing > 0 ? [`${missing} not run`] : []),
    r.retries === undefined ? 'no record of retries' : counted(r.retries, 'retry', 'retries'),
  ].join('; ') + '.';
}

/** "6.12/s/on/3: panic, then pass" */
export const retriedText = ({ cell, verdicts }: Retried): string => `${cellId(cell)}: ${verdicts.join(', then ')}`;

/** undefined: there is nothing to say, or nothing to be expected on these clocks. */
export function unequalRetriesSentence(summary: Summary): string | undefined {
  const unequal = unequalRetries(summary);
  if (unequal.length === 0) return undefined;
  return `${counted(unequal.length, 'cell', 'cells')} gave different things in different boots, which virtual time rules out: ${unequal.slice(0, 5).map(retriedText).join('; ')}${unequal.length > 5 ? '; …' : ''}.`;
}

/** Cells of trees in virtual time whose boots did not all give the same. */
export const unequalRetries = (summary: Summary): Retried[] => summary.reliability.retried.filter((r) => !r.equal && summary.experiment.clock === 'virtual');

export function repeatSentence({ reliability: { repeats } }: Summary): string {
  if (repeats.length === 0) return 'No cell was run a second time to see whether it gives the same bytes.';
  const equal = repeats.filter((r) => r.equal).length;
  return equal === repeats.length
    ? `${counted(repeats.length, 'cell was', 'cells were')} run a second time, and every console was equal to the byte.`
    : `${counted(repeats.length, 'cell was', 'cells were')} run a second time, and ${repeats.length - equal} did not give the same bytes.`;
}
