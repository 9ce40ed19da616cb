// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { cannedExperiment } from '../../experiment/test/canned.ts';
import { applyOptions, commandOf, type RunOptions } from '../src/commands/experiment/options.ts';

const experiment = cannedExperiment();
const CORES = 6;

const applied = (options: RunOptions, of = experiment) => {
  const wanted = applyOptions(of, options, CORES);
  if (!wanted.ok) throw new Error(JSON.stringify(wanted.diagnostics));
  return wanted.value;
};

const refused = (options: RunOptions): readonly string[] => {
  const { ok, diagnostics } = applyOptions(experiment, options, CORES);
  expect(ok).toBe(false);
  for (const d of diagnostics) expect(d).toMatchObject({ code: 'USAGE', severity: 'error', help: './unspin lab run --help' });
  return diagnostics.map((d) => d.message);
};

describe('applyOptions', () => {
  it('leaves the experiment as it is without any', () => {
    expect(applied({})).toEqual({ experiment, jobs: CORES, repeat: 1 });
  });

  it('keeps the parts that are named, in the order of the experiment', () => {
    const { experiment: part } = applied({ tree: ['7.2', '6.1'], scenario: ['two-shootdown'], seeds: '3' });
    expect(part).toEqual({ ...experiment, trees: ['6.1', '7.2'], scenarios: { 'two-shootdown': experiment.scenarios['two-shootdown'] }, seeds: 3 });
  });

  it('compares only arms that are left', () => {
    const { arms, compare } = applied({ arm: ['on'] }).experiment;
    expect({ arms, compare }).toEqual({ arms: { on: experiment.arms['on'] }, compare: [] });
    expect(applied({ arm: ['on', 'off'] }).experiment.compare).toEqual(experiment.compare);
  });

  it('boots one cell at a time and repeats none where a boot has the machine to itself', () => {
    expect(applied({ clock: 'threads' })).toEqual({ experiment: { ...experiment, clock: 'threads' }, jobs: 1, repeat: 0 });
    expect(applied({}, cannedExperiment({ clock: 'kvm' }))).toMatchObject({ jobs: 1, repeat: 0 });
    expect(applied({ clock: 'virtual' }, cannedExperiment({ clock: 'kvm' }))).toMatchObject({ experiment: { clock: 'virtual' }, jobs: CORES, repeat: 1 });
    expect(applied({ clock: 'threads', jobs: '2', repeat: '0' })).toMatchObject({ jobs: 2, repeat: 0 });
    expect(applied({ jobs: '64', repeat: '0' })).toMatchObject({ jobs: 64, repeat: 0 });
  });

  it.each(['threads', 'kvm'])('repeats nothing on the clock %s', (clock) => {
    expect(refused({ clock, repeat: '1' })).toEqual([`--repeat 1: only virtual time gives the same bytes twice, and the clock is ${clock}`]);
  });

  it('says every mistake at once', () => {
    expect(refused({ tree: ['6.1', '9.9'], scenario: ['nothing'], arm: ['neither'], seeds: '0', clock: 'sundial', jobs: 'many' })).toEqual([
      '--clock sundial: one of virtual, threads, kvm is wanted',
      '--tree 9.9: the experiment has 6.1, 6.12, 7.2',
      '--scenario nothing: the experiment has two-hackbench, two-shootdown, holder-corunner',
      '--arm neither: the experiment has off, on',
      '--seeds 0: a whole number from 1 to 1000 is wanted',
      '--jobs many: a whole number from 1 to 64 is wanted',
    ]);
  });

  it.each([['seeds', '1001'], ['seeds', '2.5'], ['jobs', '0'], ['jobs', '65'], ['repeat', '-1'], ['repeat', '1001']])('takes no --%s %s', (name, value) => {
    expect(refused({ [name]: value })).toEqual([expect.stringContaining(`--${name} ${value}: a whole number`)]);
  });
});

describe('commandOf', () => {
  it('names all that changes results, and nothing else', () => {
    expect(commandOf('experiments/e.experiment.ts', {})).toBe('pnpm lab run experiments/e.experiment.ts');
    const all = { tree: ['6.1', '7.2'], scenario: ['s'], arm: ['on', 'off'], seeds: '20', clock: 'threads' };
    expect(commandOf('e.ts', { ...all, jobs: '3', repeat: '0', retryFailed: true, out: 'there', json: true })).toBe('pnpm lab run e.ts --tree 6.1 7.2 --scenario s --arm on off --seeds 20 --clock threads');
  });
});
