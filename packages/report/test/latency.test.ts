// SPDX-License-Identifier: MIT
import { expect, it } from 'vitest';
import { distribution } from '../src/charts/latency.ts';
import { fairnessPanels } from '../src/fairness.ts';
import { cannedReport } from './canned-report.ts';

it('a distribution stands at upper bounds, and its end is the slowest of all', () => {
  const points = distribution({ counts: [0, 0, 90, 9, 0, 1, 0] }, 100);
  expect(points.map((p) => p.ns)).toEqual([2, 4, 8, 16, 32]);
  expect(points.map((p) => p.nines)).toEqual([0, 1, 2, 2, 2].map((v) => expect.closeTo(v, 9)));
});

it('leads add up per vCPU, and end with the first seed', () => {
  const { run } = cannedReport();
  const experiment = { ...run.experiment, trees: ['6.12'], arms: { off: run.experiment.arms['off']! }, scenarios: { s: { vms: [{ name: 'a', vCpus: 2 }, { name: 'b', vCpus: 1 }] } } } as unknown as typeof run.experiment;
  const cell = (seed: number, a: number[], b: number[]) => ({
    cell: { tree: '6.12', scenario: 's', arm: 'off', seed }, consoleSha256: '',
    outcome: { kind: 'done' as const, measurements: { loadNs: 1, vms: [], host: {}, timeline: { windowNs: 1e9, runNs: { a, b } } } },
  });
  const [panel] = fairnessPanels(experiment, [cell(1, [2e9, 0, 1e9], [0, 1e9, 0]), cell(2, [2e9, 2e9], [1e9, 1e9])]);
  expect(panel?.leads[0]?.points).toEqual([{ at: 1, median: 0.5, q1: 0.25, q3: 0.75 }, { at: 2, median: 0, q1: 0, q3: 0 }]);
  expect(panel?.shares?.areas.slice(0, 2).map((s) => [s.vm, s.from, s.to])).toEqual([['a', 0, 1], ['b', 1, 1]]);
});
