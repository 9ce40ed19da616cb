// SPDX-License-Identifier: MIT
import type { Experiment } from './description.ts';
import type { Cell } from './result.ts';

/** A part of an experiment; what is left out is all of it. */
export interface PlanFilter {
  readonly trees?: readonly string[];
  readonly scenarios?: readonly string[];
  readonly arms?: readonly string[];
  /** Seeds themselves, not how many. */
  readonly seeds?: readonly number[];
}

/** 1 to the experiment's number of seeds. */
export const seedsOf = (experiment: Pick<Experiment, 'seeds'>): number[] => Array.from({ length: experiment.seeds }, (_, i) => i + 1);

/**
 * Arms in the order one seed runs them: each seed starts one further on, so that a machine that slows down
 * in the course of a run does not always do so to the same arm.
 */
function armsOf(names: readonly string[], seed: number): string[] {
  const first = (seed - 1) % Math.max(1, names.length);
  return [...names.slice(first), ...names.slice(0, first)];
}

/**
 * All boots of an experiment. Seeds go slowest and arms fastest: pairs are complete early, and a run that is cut
 * short has as many of one tree and scenario as of another.
 */
export function cellsOf(experiment: Experiment, filter: PlanFilter = {}): Cell[] {
  const kept = (names: readonly string[], wanted: readonly string[] | undefined) => names.filter((name) => wanted === undefined || wanted.includes(name));
  const trees = kept(experiment.trees, filter.trees);
  const scenarios = kept(Object.keys(experiment.scenarios), filter.scenarios);
  const arms = kept(Object.keys(experiment.arms), filter.arms);
  return (filter.seeds ?? seedsOf(experiment)).flatMap((seed) =>
    scenarios.flatMap((scenario) => trees.flatMap((tree) => armsOf(arms, seed).map((arm) => ({ tree, scenario, arm, seed })))),
  );
}

/** Puts cells in the order of the plan; those the experiment does not know come last. */
export function planOrder(experiment: Experiment): (a: Cell, b: Cell) => number {
  const scenarios = Object.keys(experiment.scenarios);
  const arms = Object.keys(experiment.arms);
  const place = (names: readonly string[], name: string): number => (names.includes(name) ? names.indexOf(name) : names.length);
  const key = (cell: Cell): number[] => [cell.seed, place(scenarios, cell.scenario), place(experiment.trees, cell.tree), place(armsOf(arms, cell.seed), cell.arm)];
  return (a, b) => {
    const [left, right] = [key(a), key(b)];
    return left.map((value, i) => value - (right[i] ?? 0)).find((difference) => difference !== 0) ?? 0;
  };
}
