// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { isClaim, metricsByWeight, readJsonl, summarize, writeJsonl, type Attempt, type CellResult, type Effect, type RunRecord, type Summary } from '../src/index.ts';
import { cannedRun } from './canned.ts';

const of = (run: RunRecord): Summary => summarize(run.experiment, run.provenance, run.cells, run);
const run = cannedRun();
const summary = of(run);
const effect = (from: Summary, tree: string, scenario: string, metric: string): Effect | undefined => from.effects.find((e) => e.tree === tree && e.scenario === scenario && e.metric === metric);

describe('summarize', () => {
  it('gives a group for each tree, scenario, arm and metric that has numbers', () => {
    // two-hackbench: seconds; two-shootdown: rounds; holder-corunner: pairs, acquireP99; all: steal and two counters
    expect(summary.groups).toHaveLength(3 * 2 * (4 + 4 + 5));
    expect(summary.groups.find((g) => g.tree === '6.12' && g.scenario === 'two-hackbench' && g.metric === 'loadSeconds' && g.arm === 'off')).toMatchObject({ n: 10, median: expect.closeTo(2.1, 0) });
  });

  it('claims where the interval excludes 1, and says which way', () => {
    expect(effect(summary, '6.12', 'two-hackbench', 'loadSeconds')).toMatchObject({ claim: 'better', estimate: { kind: 'ratio', pairs: 10, ratio: expect.closeTo(0.82, 1) } });
    expect(effect(summary, '6.12', 'two-shootdown', 'rounds')).toMatchObject({ claim: 'better', estimate: { ratio: expect.closeTo(1.22, 1) } });
    expect(effect(summary, '6.12', 'two-hackbench', 'pauseLoops')).toMatchObject({ claim: 'changed' });
    expect(effect(summary, '7.2', 'holder-corunner', 'pairs')).toMatchObject({ claim: 'no effect shown', reason: 'the 95 % interval holds 1' });
    expect(effect(summary, '6.1', 'two-hackbench', 'deboosted')).toMatchObject({ claim: 'no ratio (baseline 0)', reason: 'the baseline is 0 for 10 of 10 seeds', medians: { baseline: 0 } });
  });

  it('turns the claim round with the direction', () => {
    const { metrics } = run.experiment;
    const lower = of({ ...run, experiment: { ...run.experiment, metrics: { ...metrics, rounds: { ...metrics['rounds']!, better: 'lower' } } } });
    expect(effect(lower, '6.12', 'two-shootdown', 'rounds')?.claim).toBe('worse');
  });

  it('leaves failed cells out of the pairs, and counts them', () => {
    expect(effect(summary, '6.1', 'two-shootdown', 'rounds')).toMatchObject({ dropped: [4, 9], estimate: { pairs: 8 } });
    expect(summary.reliability).toMatchObject({
      planned: 180, attempted: 180, finished: 177, verdicts: [{ verdict: 'hang', cells: 2 }, { verdict: 'lost-vm', cells: 1 }], failedByArm: { on: 2, off: 1 },
    });
    expect(summary.reliability.repeats.every((r) => r.equal)).toBe(true);
  });

  it('counts what is missing of a run that was cut short', () => {
    const short = of({ ...run, cells: run.cells.slice(0, 50) });
    expect(short.reliability).toMatchObject({ planned: 180, attempted: 50 });
    expect(effect(short, '6.12', 'two-hackbench', 'loadSeconds')).toMatchObject({ claim: 'too few pairs', reason: '3 pairs; 95 % takes at least 6' });
  });

  it('says how many claims are to be expected of nothing', () => {
    expect(summary.comparisons.made).toBe(summary.effects.filter((e) => e.estimate.kind === 'ratio').length);
    expect(summary.comparisons.expectedFalse).toBeCloseTo(summary.comparisons.made * 0.05);
  });

  it('shows no effect of a mechanism that is never called', () => {
    const broken = of(cannedRun({ neverCalled: true }));
    expect(broken.effects.filter((e) => isClaim(e.claim)).length).toBeLessThanOrEqual(Math.ceil(2 * broken.comparisons.expectedFalse));
    expect(effect(broken, '6.12', 'two-hackbench', 'loadSeconds')?.claim).toBe('no effect shown');
    expect(effect(broken, '6.12', 'two-hackbench', 'deboosted')).toMatchObject({ claim: 'no effect shown', estimate: { kind: 'identical' } });
  });

  it('takes seeds that gave the same bytes as one observation', () => {
    const first = (c: CellResult): CellResult | undefined => run.cells.find((o) => o.cell.seed === 1 && o.cell.tree === c.cell.tree && o.cell.scenario === c.cell.scenario && o.cell.arm === c.cell.arm);
    const same = of({ ...run, cells: run.cells.map((c) => ({ ...(first(c) ?? c), cell: c.cell })) });
    expect(effect(same, '6.12', 'two-hackbench', 'loadSeconds')).toMatchObject({ claim: 'too few pairs', duplicates: [2, 3, 4, 5, 6, 7, 8, 9, 10] });
  });

  it('names metrics nothing gives', () => {
    const { metrics } = run.experiment;
    const typo = { title: 't', unit: '', better: 'neither', from: { kind: 'counter', scope: 'host', name: 'lab.puase' } } as const;
    expect(of({ ...run, experiment: { ...run.experiment, metrics: { ...metrics, typo } } }).emptyMetrics).toEqual(['typo']);
    expect(summary.emptyMetrics).toEqual([]);
  });

  it('counts retries where a journal was kept', () => {
    const [a] = run.cells;
    const journal = [1, 2].map((attempt) => ({ cell: a!.cell, attempt, seconds: 30, verdict: attempt === 1 ? 'hang' : 'pass', evidence: '' }));
    expect(summarize(run.experiment, run.provenance, run.cells, { journal }).reliability.retries).toBe(1);
    expect(summary.reliability.retries).toBeUndefined();
  });

  it('counts retries and failed boots of the results alone', () => {
    const attempts: readonly (readonly Attempt[])[] = [
      [{ verdict: 'pass', bytes: 'a' }],
      [{ verdict: 'panic', bytes: 'a' }, { verdict: 'pass', bytes: 'b' }],
      [{ verdict: 'lost-vm', bytes: 'a', outside: true }, { verdict: 'pass', bytes: 'b' }],
      [{ verdict: 'panic', bytes: 'a' }, { verdict: 'panic', bytes: 'a' }, { verdict: 'panic', bytes: 'a' }],
    ];
    const booted = { ...run, cells: run.cells.map((c, i) => (attempts[i] === undefined ? c : { ...c, attempts: attempts[i] })) };
    const back = readJsonl(writeJsonl(booted), 'r.jsonl');
    if (!back.ok) throw new Error('not read');
    const { reliability } = of(back.value);
    expect(reliability.retries).toBe(4);
    expect(reliability.retried).toEqual([
      { cell: run.cells[1]!.cell, verdicts: ['panic', 'pass'], equal: false },
      { cell: run.cells[2]!.cell, verdicts: ['lost-vm from outside', 'pass'], equal: true },
      { cell: run.cells[3]!.cell, verdicts: ['panic', 'panic', 'panic'], equal: true },
    ]);
    const armOf = (i: number): string => run.cells[i]!.cell.arm;
    expect(reliability.failedBootsByArm).toEqual(armOf(1) === armOf(3) ? { [armOf(1)]: 4 } : { [armOf(1)]: 1, [armOf(3)]: 3 });
  });

  it('is plain JSON', () => expect(JSON.parse(JSON.stringify(summary))).toEqual(summary));
  it('puts metrics with a direction first', () => expect(metricsByWeight(run.experiment).slice(-2)).toEqual(['pauseLoops', 'deboosted']));
});
