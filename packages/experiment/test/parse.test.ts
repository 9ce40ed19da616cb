// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { cpuBound, hackbench, lockHolder, parseExperiment, type ExperimentInput } from '../src/index.ts';

const vm = (name: string) => ({ name, vCpus: 2, workload: hackbench() });
const base: ExperimentInput = {
  name: 'e',
  title: 'E',
  question: 'Does it?',
  trees: ['6.12'],
  policy: 'p',
  seeds: 10,
  scenarios: { two: { vms: [vm('a'), vm('b')] } },
  arms: { off: {}, on: { switches: ['debooster'] } },
  metrics: { seconds: { title: 'time', better: 'lower', from: { kind: 'workload', value: 'seconds' } } },
  compare: [{ baseline: 'off', arm: 'on' }],
};
const found = (change: Record<string, unknown>): string[] => parseExperiment({ ...base, ...change }).problems.map((p) => `${p.diagnostic.code} ${p.path.join('.')}${p.onKey ? ' (key)' : ''}`);
const metric = (from: unknown, title = 'm') => ({ metrics: { m: { title, from } } });

describe('parseExperiment', () => {
  it('fills in defaults', () => {
    const { experiment, problems } = parseExperiment(base);
    expect(problems).toEqual([]);
    expect(experiment).toMatchObject({ clock: 'virtual', confidence: 0.95, host: { pCpus: 2 }, scenarios: { two: { vms: [{ name: 'a', memoryMib: 192, coRunner: false }, {}] } } });
  });

  it("leaves an arm's features at what it names", () => {
    const { experiment } = parseExperiment({ ...base, arms: { off: {}, on: { features: { pvIpi: false } } } });
    expect(experiment?.arms['on']?.features).toEqual({ pvIpi: false });
  });

  it('reports schema errors with their places', () => {
    expect(found({ name: 'Bad Name', seeds: 0, typo: 1, arms: { off: {}, on: { switches: ['nonsense'] } } }).sort()).toEqual([
      'EXPERIMENT_INVALID arms.on.switches.0', 'EXPERIMENT_INVALID name', 'EXPERIMENT_INVALID seeds', 'EXPERIMENT_UNKNOWN_KEY typo (key)',
    ]);
    expect(found({ arms: { off: {}, 'On Off': {} } })).toContain('EXPERIMENT_INVALID arms.On Off (key)');
  });

  it.each([
    ['an arm that is none', { compare: [{ baseline: 'off', arm: 'constructor' }] }, ['EXPERIMENT_INVALID compare.0.arm']],
    ['an arm against itself', { compare: [{ baseline: 'off', arm: 'off' }] }, ['EXPERIMENT_INVALID compare.0.arm']],
    ['a pair twice', { compare: [...base.compare!, ...base.compare!] }, ['EXPERIMENT_INVALID compare.1']],
    ['a tree twice', { trees: ['6.1', '6.1'] }, ['EXPERIMENT_INVALID trees.1']],
    ['switches without a policy', { policy: undefined }, ['EXPERIMENT_INVALID arms.on.switches.0']],
    ['neverCalled without a policy', { policy: undefined, neverCalled: true, arms: { off: {}, on: {} } }, ['EXPERIMENT_INVALID neverCalled']],
    ['two VMs of one name', { scenarios: { two: { vms: [vm('a'), vm('a')] } } }, ['EXPERIMENT_INVALID scenarios.two.vms.1.name']],
    ['nothing but co-runners', { scenarios: { two: { vms: [{ ...vm('a'), coRunner: true }] } }, metrics: { m: { title: 'm', from: { kind: 'vcpu', value: 'runNs' } } } }, ['EXPERIMENT_INVALID scenarios.two.vms']],
    ['too many vCPUs', { host: { memoryMib: 16384 }, scenarios: { two: { vms: ['a', 'b', 'c'].map((n) => ({ ...vm(n), vCpus: 16 })) } } }, ['EXPERIMENT_INVALID scenarios.two.vms']],
    ['too much memory', { scenarios: { two: { vms: [{ ...vm('a'), memoryMib: 2048 }] } } }, ['EXPERIMENT_INVALID scenarios.two.vms']],
    ['a value nothing reports', metric({ kind: 'workload', value: 'minutes' }), ['EXPERIMENT_INVALID metrics.m.from.value']],
    ['latencies nothing keeps', metric({ kind: 'latency', histogram: 'acquire', quantile: 0.5 }), ['EXPERIMENT_INVALID metrics.m.from.histogram']],
    ['a VM there is not', metric({ kind: 'workload', value: 'seconds', vms: ['a', 'z'] }), ['EXPERIMENT_INVALID metrics.m.from.vms.1']],
    ['VMs of a host counter', metric({ kind: 'counter', scope: 'host', name: 'x', vms: ['a'] }), ['EXPERIMENT_INVALID metrics.m.from.vms (key)']],
    ['VMs of a share of host counters', metric({ kind: 'counterShare', scope: 'host', part: ['x'], rest: ['y'], vms: ['a'] }), ['EXPERIMENT_INVALID metrics.m.from.vms (key)']],
    ['a counter that is part and rest', metric({ kind: 'counterShare', scope: 'vms', part: ['x', 'y'], rest: ['y'] }), ['EXPERIMENT_INVALID metrics.m.from.part.1']],
    ['a share of CPU time of no VM', metric({ kind: 'vcpuShare', value: 'runNs', vms: ['z'] }), ['EXPERIMENT_INVALID metrics.m.from.vms.0']],
  ])('refuses %s', (_, change, expected) => expect(found(change)).toEqual(expected));

  it('asks only what a co-runner does not report of the others', () => {
    const scenarios = { two: { vms: [{ ...vm('a'), workload: lockHolder() }, { ...vm('b'), workload: cpuBound(), coRunner: true }] } };
    expect(found({ scenarios, ...metric({ kind: 'latency', histogram: 'acquire', quantile: 0.5 }) })).toEqual([]);
    expect(found({ scenarios, ...metric({ kind: 'workload', value: 'turnsPerSecond' }) })).toEqual(['EXPERIMENT_INVALID metrics.m.from.value']);
  });

  it('warns of seeds that can never do', () => {
    const { experiment, problems } = parseExperiment({ ...base, seeds: 5 });
    expect(experiment?.seeds).toBe(5);
    expect(problems.map((p) => [p.diagnostic.code, p.diagnostic.severity])).toEqual([['EXPERIMENT_FEW_SEEDS', 'warning']]);
    expect(found({ seeds: 6 })).toEqual([]);
  });
});
