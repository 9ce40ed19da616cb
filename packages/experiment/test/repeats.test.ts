// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { cellId, cellsOf, repeatsOf, type Cell, type Experiment } from '../src/index.ts';
import { cannedExperiment } from './canned.ts';

const experiment = cannedExperiment();
const cells = cellsOf(experiment);
const ids = (of: Experiment, from: readonly Cell[], count: number): string[] => repeatsOf(of, from, count).map(cellId);

describe('repeats', () => {
  it('are of another scenario, another arm and another seed on each tree', () => {
    expect(ids(experiment, cells, 1)).toEqual(['6.1/two-hackbench/on/1', '6.12/two-shootdown/off/2', '7.2/holder-corunner/on/3']);
  });

  it('go through all scenarios with all arms before one comes again, whatever their numbers', () => {
    const { scenarios, arms } = experiment;
    for (const [s, a] of [[1, 2], [2, 2], [3, 2], [2, 3], [4, 2], [3, 3], [4, 6]] as const) {
      const named = <T>(n: number, from: Readonly<Record<string, T>>): Record<string, T> => Object.fromEntries(Array.from({ length: n }, (_, i) => [`n${i}`, Object.values(from)[0]!]));
      const of: Experiment = { ...experiment, trees: ['6.1', '7.2'], scenarios: named(s, scenarios), arms: named(a, arms) };
      const chosen = repeatsOf(of, cellsOf(of), s * a).map((c) => `${c.tree} ${c.scenario} ${c.arm}`);
      expect(new Set(chosen).size).toBe(2 * s * a);
      if (s === 1) continue;
      const steps = repeatsOf(of, cellsOf(of), s * a).slice(0, Math.max(s, a));
      expect(steps.slice(1).every((c, i) => c.scenario !== steps[i]!.scenario && c.arm !== steps[i]!.arm)).toBe(true);
    }
  });

  it('do not depend on the order cells finished in', () => expect(ids(experiment, [...cells].reverse(), 4)).toEqual(ids(experiment, cells, 4)));

  it('take the next cell where none of a kind finished, and none twice', () => {
    const without = cells.filter((c) => !(c.tree === '6.1' && c.scenario === 'two-hackbench'));
    expect(ids(experiment, without, 1)[0]).toMatch(/^6\.1\/two-shootdown\/off\//);
    const every = ids(experiment, cells, 1000);
    expect([every.length, new Set(every).size]).toEqual([180, 180]);
    expect(ids(experiment, [], 3)).toEqual([]);
    expect(ids(experiment, cells, 0)).toEqual([]);
  });
});
