// SPDX-License-Identifier: MIT
import { summarize, type CellMeasurements, type CellResult, type ExperimentInput, type RepeatCheck, type Summary } from '@unspin/experiment';
import { describe, expect, it } from 'vitest';
import { CANNED, cannedRun } from '../../experiment/test/canned.ts';
import { controlFaults, controlHolds, controlSentence, formatText, toReport } from '../src/index.ts';

const { loadSeconds, steal, pauseLoops, deboosted } = CANNED.metrics as Required<ExperimentInput>['metrics'];
const CONTROL: Partial<ExperimentInput> = {
  trees: ['6.12'],
  seeds: 8,
  confidence: 0.99,
  scenarios: { 'two-hackbench': CANNED.scenarios['two-hackbench']! },
  metrics: { loadSeconds: loadSeconds!, steal: steal!, pauseLoops: pauseLoops!, deboosted: deboosted! },
};

interface Changed {
  readonly change?: Partial<ExperimentInput>;
  readonly cells?: (cells: readonly CellResult[]) => readonly CellResult[];
  readonly repeats?: (repeats: readonly RepeatCheck[]) => readonly RepeatCheck[];
}

function control({ change = {}, cells: changeCells = (c) => c, repeats: changeRepeats = (r) => r }: Changed = {}): { readonly summary: Summary; readonly faults: string[] } {
  const run = cannedRun({ change: { ...CONTROL, ...change }, neverCalled: true });
  const cells = changeCells(run.cells);
  const summary = summarize(run.experiment, run.provenance, cells, { repeats: changeRepeats(run.repeats) });
  return { summary, faults: controlFaults(summary, cells) };
}

/** Measurements of one arm, or of both, changed. */
const changed = (of: (m: CellMeasurements) => Partial<CellMeasurements>, arm?: string) => (cells: readonly CellResult[]): CellResult[] =>
  cells.map((c) => (c.outcome.kind === 'done' && (arm ?? c.cell.arm) === c.cell.arm ? { ...c, outcome: { ...c.outcome, measurements: { ...c.outcome.measurements, ...of(c.outcome.measurements) } } } : c));

const hostCounters = (counters: Readonly<Record<string, number>>) => ({ host }: CellMeasurements) => ({ host: { ...host, ...counters } });
const morePauseLoops = changed(({ host }) => ({ host: { ...host, 'lab.pause_loops': 10 * (host['lab.pause_loops'] ?? 0) } }), 'on');
const moreSteal = changed(({ vms }) => ({ vms: vms.map((vm) => ({ ...vm, vCpus: vm.vCpus.map((v) => ({ ...v, stealNs: 10 * v.stealNs })) })) }), 'on');

describe('controlFaults', () => {
  it('finds nothing where nothing is claimed', () => {
    const { summary, faults } = control();
    expect(faults).toEqual([]);
    expect(summary.effects.map((e) => [e.metric, e.estimate.kind])).toEqual([['loadSeconds', 'ratio'], ['steal', 'ratio'], ['pauseLoops', 'ratio'], ['deboosted', 'identical']]);
  });

  it('takes no claim, though the report puts one down to chance', () => {
    const one = control({ cells: morePauseLoops });
    expect(one.faults).toEqual([expect.stringMatching(/pause-loop exits \S+x \[.*\], changed$/)]);
    expect(controlHolds(one.summary)).toBe(true);
    expect(controlSentence(one.summary)).toContain('1 interval excludes 1. No more than chance gives.');
    const two = control({ cells: (cells) => moreSteal(morePauseLoops(cells)) });
    expect(two.faults).toEqual([expect.stringMatching(/steal time .* worse$/), expect.stringMatching(/pause-loop exits .* changed$/)]);
    expect(controlHolds(two.summary)).toBe(false);
  });

  it('wants a number of every metric', () => {
    const { faults } = control({ change: { metrics: { ...CONTROL.metrics, misspelt: { title: 'misspelt', from: { kind: 'counter', scope: 'host', name: 'lab.pause_lops' } } } } });
    expect(faults).toEqual(['misspelt: no cell gave a number']);
  });

  it('wants it on either side, and of every seed', () => {
    const without = changed(({ host: { 'lab.pause_loops': _, ...host } }) => ({ host }), 'on');
    expect(control({ cells: without }).faults).toEqual([expect.stringContaining('pause-loop exits too few pairs: 0 pairs')]);
    const seven = control({ cells: (cells) => cells.map((c) => (c.cell.seed === 3 ? (without([c])[0] ?? c) : c)) });
    expect(seven.faults).toEqual([expect.stringContaining('too few pairs: 7 pairs; 99 % takes at least 8')]);
    const more = control({ change: { seeds: 9 }, cells: (cells) => cells.map((c) => (c.cell.seed === 3 ? (without([c])[0] ?? c) : c)) });
    expect(more.faults).toEqual(['pause-loop exits: no pair for seed 3']);
  });

  it('wants numbers that can move, of all but the mechanisms', () => {
    expect(control({ cells: changed(hostCounters({ 'lab.pause_loops': 0 })) }).faults).toEqual(['pause-loop exits: 0 in every cell, so no effect could have shown']);
    expect(control({ cells: changed(hostCounters({ 'lab.pause_loops': 0 }), 'off') }).faults).toEqual([expect.stringContaining('no ratio (baseline 0)')]);
  });

  it('wants pairs', () => {
    expect(control({ change: { compare: [] } }).faults).toHaveLength(4);
    const few = control({ change: { seeds: 2 } });
    expect(few.summary.comparisons.made).toBe(0);
    expect(few.faults.filter((f) => f.includes('too few pairs'))).toHaveLength(4);
  });

  it('wants the mechanisms to stand still, be it in a counter that is no metric', () => {
    expect(control({ cells: changed(hostCounters({ 'deboost.over_limit': 1 }), 'on') }).faults).toEqual(['counters moved that nobody should move: deboost.over_limit']);
    const receivers = changed(({ vms }) => ({ vms: vms.map((vm) => ({ ...vm, counters: { ...vm.counters, strict_boost_halted_refused: 2 } })) }));
    expect(control({ cells: receivers }).faults).toEqual(['counters moved that nobody should move: VMs: strict_boost_halted_refused']);
  });

  it('wants all cells, and repeats that are equal', () => {
    const lost = (cells: readonly CellResult[]): CellResult[] => cells.map((c, i) => (i === 0 ? { ...c, outcome: { kind: 'failed', verdict: 'hang', evidence: '' } } : c));
    expect(control({ cells: lost }).faults[0]).toBe('1 cell did not finish');
    expect(control({ cells: (cells) => cells.slice(0, -1) }).faults[0]).toBe('1 cell was not run');
    expect(control({ repeats: () => [] }).faults).toEqual(['no cell was run a second time']);
    expect(control({ repeats: ([first]) => [first!, { ...first!, again: 'other' }] }).faults).toEqual(['1 of 2 repeats gave other bytes']);
  });
});

it('a report without an interval does not say that the control holds', () => {
  const { summary } = control({ change: { seeds: 2 } });
  expect(formatText(summary, [])).toContain('No interval could be made, so it shows nothing.');
  expect(toReport(summary).suites.at(-1)?.cases.find((c) => c.name === 'negative control')?.outcome.kind).toBe('skipped');
});
