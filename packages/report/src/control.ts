// SPDX-License-Identifier: MIT
/** The negative control: mechanisms that nothing calls must show no effect. */
import { isClaim, type CellResult, type Metric, type Summary } from '@unspin/experiment';
import { counterRows, isMechanismCounter } from './counters.ts';
import { metricTitle } from './names.ts';
import { counted } from './numbers.ts';
import { effectSentence } from './sentences.ts';

/** What is to be seen where the mechanisms are never called. */
export function controlSentence(summary: Summary): string | undefined {
  if (!summary.experiment.neverCalled) return undefined;
  const claims = summary.effects.filter((e) => isClaim(e.claim)).length;
  const head = 'This is the negative control: the mechanisms are compiled in and switched on, and nothing calls them.';
  if (summary.comparisons.made === 0) return `${head} No interval could be made, so it shows nothing.`;
  if (claims === 0) return `${head} No effect is shown, as it must be.`;
  const judged = controlHolds(summary) ? 'No more than chance gives.' : 'That is more than chance gives: the lab itself makes a difference between the arms, and its other claims are not to be trusted.';
  return `${head} All the same ${counted(claims, 'interval excludes', 'intervals exclude')} 1. ${judged}`;
}

/**
 * Whether so many claims of nothing could be chance: less likely than one in a thousand, they are not. For reports, whose experiment may
 * look at any number of intervals; `unspin test` has one of its own choice and takes no claim, see controlFaults.
 */
export function controlHolds({ effects, comparisons, experiment }: Summary): boolean {
  const claims = effects.filter((e) => isClaim(e.claim)).length;
  const p = 1 - experiment.confidence;
  let chance = (1 - p) ** comparisons.made;
  let below = 0;
  for (let k = 0; k < claims; k += 1) {
    below += chance;
    chance *= ((comparisons.made - k) / (k + 1)) * (p / (1 - p));
  }
  return 1 - below >= 0.001;
}

/**
 * All that speaks against a negative control in virtual time; empty where it holds. Fixed seeds give the same outcome each time, so
 * nothing is put down to chance: neither one claim, nor a number that could not be judged.
 */
export function controlFaults(summary: Summary, cells: readonly CellResult[]): string[] {
  return [...lostCells(summary), ...unequalRepeats(summary), ...movedCounters(summary, cells), ...Object.keys(summary.experiment.metrics).flatMap((metric) => metricFaults(summary, metric))];
}

function lostCells({ reliability: { planned, attempted, failed } }: Summary): string[] {
  return [...(failed.length === 0 ? [] : [`${counted(failed.length, 'cell')} did not finish`]), ...(planned > attempted ? [`${counted(planned - attempted, 'cell was', 'cells were')} not run`] : [])];
}

function unequalRepeats({ reliability: { repeats } }: Summary): string[] {
  const unequal = repeats.filter((r) => !r.equal).length;
  if (repeats.length === 0) return ['no cell was run a second time'];
  return unequal === 0 ? [] : [`${unequal} of ${counted(repeats.length, 'repeat')} gave other bytes`];
}

/** Of all counters of the mechanisms, and not only of those that are metrics. */
function movedCounters({ experiment }: Summary, cells: readonly CellResult[]): string[] {
  const moved = new Set(experiment.trees.flatMap((tree) => counterRows(cells, tree).map((row) => row.name).filter(isMechanismCounter)));
  return moved.size === 0 ? [] : [`counters moved that nobody should move: ${[...moved].join(', ')}`];
}

function metricFaults(summary: Summary, metric: string): string[] {
  const title = metricTitle(summary.experiment, metric);
  const effects = summary.effects.filter((e) => e.metric === metric);
  const values = summary.groups.filter((g) => g.metric === metric).flatMap((g) => g.values);
  if (values.length === 0) return [`${title}: no cell gave a number`];
  if (effects.length === 0) return [`${title}: no arms are compared`];
  const dead = values.every((v) => v.value === 0) && !ofMechanism(summary.experiment.metrics[metric]);
  return [
    ...(dead ? [`${title}: 0 in every cell, so no effect could have shown`] : []),
    ...effects.flatMap((e) => {
      const judged = e.estimate.kind === 'ratio' || e.estimate.kind === 'identical';
      if (isClaim(e.claim) || !judged) return [effectSentence(summary, e)];
      return e.dropped.length === 0 ? [] : [`${title}: no pair for ${e.dropped.length === 1 ? 'seed' : 'seeds'} ${e.dropped.join(', ')}`];
    }),
  ];
}

/** Counters that must stand still are 0, and that is no reason to mistrust them. */
const ofMechanism = (metric: Metric | undefined): boolean => metric?.from.kind === 'counter' && [metric.from.name].flat().every(isMechanismCounter);
