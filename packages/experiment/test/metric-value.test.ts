// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { histogramQuantile, metricValue, pooled, type CellMeasurements, type Metric, type Scenario } from '../src/index.ts';

const vm = (name: string, seconds: number | undefined) => ({
  name, reports: seconds === undefined ? {} : { seconds }, latencies: { acquire: { counts: [0, 0, 0, 90, 9, 0, 1] } },
  vCpus: [{ runNs: 10, stealNs: 1 }, { runNs: 20, stealNs: 2 }], counters: { pause_exits: 7, avoided: 3, unavoided: 1 },
});
const measurements: CellMeasurements = { loadNs: 1, host: { 'sched.yields': 5 }, timeline: { windowNs: 1, runNs: {} }, vms: [vm('a', 2), vm('b', 4), vm('c', undefined)] };
const scenario = { vms: [{ name: 'a' }, { name: 'b' }, { name: 'c', coRunner: true }] } as unknown as Scenario;
const value = (from: unknown) => metricValue({ title: '', unit: '', better: 'lower', from } as Metric, scenario, measurements);

describe('metricValue', () => {
  it('combines what workloads report', () => {
    expect(value({ kind: 'workload', value: 'seconds', combine: 'mean' })).toBe(3);
    expect(value({ kind: 'workload', value: 'seconds', combine: 'max' })).toBe(4);
    expect(value({ kind: 'workload', value: 'seconds', combine: 'sum', vms: ['b'] })).toBe(4);
  });
  it('has nothing where nothing is reported', () => {
    expect(value({ kind: 'workload', value: 'rounds', combine: 'mean' })).toBeUndefined();
    expect(value({ kind: 'counter', scope: 'host', name: 'none' })).toBeUndefined();
    expect(value({ kind: 'latency', histogram: 'none', quantile: 0.5 })).toBeUndefined();
  });
  it('sums counters and times over all VMs, co-runners too', () => {
    expect(value({ kind: 'counter', scope: 'host', name: 'sched.yields' })).toBe(5);
    expect(value({ kind: 'counter', scope: 'vms', name: 'pause_exits' })).toBe(21);
    expect(value({ kind: 'counter', scope: 'vms', name: 'pause_exits', vms: ['a'] })).toBe(7);
    expect(value({ kind: 'counter', scope: 'vms', name: ['avoided', 'unavoided', 'none'] })).toBe(12);
    expect(value({ kind: 'vcpu', value: 'runNs', combine: 'sum' })).toBe(90);
    expect(value({ kind: 'vcpu', value: 'stealNs', combine: 'max' })).toBe(2);
  });
  it('gives shares, and nothing where nothing was counted', () => {
    expect(value({ kind: 'counterShare', scope: 'vms', part: ['avoided'], rest: ['unavoided'] })).toBe(0.75);
    expect(value({ kind: 'counterShare', scope: 'vms', part: ['unavoided'], rest: ['avoided', 'pause_exits'], vms: ['b'] })).toBe(1 / 11);
    expect(value({ kind: 'counterShare', scope: 'host', part: ['sched.yields'], rest: ['none'] })).toBe(1);
    expect(value({ kind: 'counterShare', scope: 'vms', part: ['none'], rest: ['none too'] })).toBeUndefined();
    expect(value({ kind: 'vcpuShare', value: 'runNs', vms: ['a', 'c'] })).toBe(2 / 3);
    expect(value({ kind: 'vcpuShare', value: 'runNs', vms: ['of another scenario'] })).toBeUndefined();
  });
  it('takes the upper bound of the bucket a quantile falls in', () => {
    expect(value({ kind: 'latency', histogram: 'acquire', quantile: 0.5 })).toBe(8);
    expect(value({ kind: 'latency', histogram: 'acquire', quantile: 0.99 })).toBe(16);
    expect(value({ kind: 'latency', histogram: 'acquire', quantile: 0.999 })).toBe(64);
    expect(histogramQuantile({ counts: [0, 0] }, 0.5)).toBeUndefined();
    expect(pooled([{ counts: [1] }, { counts: [1, 2] }])).toEqual({ counts: [2, 2] });
  });
});
