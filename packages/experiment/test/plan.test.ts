// SPDX-License-Identifier: MIT
import { expect, it } from 'vitest';
import { cellId, cellsOf, planOrder } from '../src/index.ts';
import { cannedExperiment } from './canned.ts';

const experiment = cannedExperiment();

it('gives every cell once, pairs early, seeds last', () => {
  const cells = cellsOf(experiment);
  expect(new Set(cells.map(cellId)).size).toBe(3 * 3 * 2 * 10);
  expect(cells.slice(0, 18).every((c) => c.seed === 1)).toBe(true);
  for (let i = 0; i < cells.length; i += 2) {
    expect({ ...cells[i], arm: '' }).toEqual({ ...cells[i + 1], arm: '' });
  }
});

it('lets each arm go first as often as the other', () => {
  const firsts = cellsOf(experiment).filter((_, i) => i % 2 === 0);
  expect(firsts.filter((c) => c.arm === 'off')).toHaveLength(45);
});

it('takes parts', () => {
  expect(cellsOf(experiment, { trees: ['7.2'], arms: ['on'], scenarios: ['two-hackbench'], seeds: [3] })).toEqual([{ tree: '7.2', scenario: 'two-hackbench', arm: 'on', seed: 3 }]);
});

it('sorts as it plans', () => {
  const cells = cellsOf(experiment);
  expect([...cells].sort((a, b) => (cellId(a) < cellId(b) ? -1 : 1)).sort(planOrder(experiment))).toEqual(cells);
});
