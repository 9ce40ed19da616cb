// SPDX-License-Identifier: MIT
import type { CellResult, VcpuTimes } from '@unspin/experiment';
import { describe, expect, it } from 'vitest';
import { renderHtml } from '../src/index.ts';
import { vcpuTimes } from '../src/vcpu-times.ts';
import { cannedReport } from './canned-report.ts';

const { run, summary } = cannedReport({ change: { trees: ['6.12', '7.2'], seeds: 3 } });
const { experiment } = run;

const times = (...all: readonly (readonly [number, number])[]): VcpuTimes[] => all.map(([runNs, stealNs]) => ({ runNs, stealNs }));

function done(seed: number, arm: string, a: VcpuTimes[], b: VcpuTimes[]): CellResult {
  const vms = [['a', a], ['b', b]] as const;
  return {
    cell: { tree: '7.2', scenario: 'holder-corunner', arm, seed }, consoleSha256: '',
    outcome: { kind: 'done', measurements: { loadNs: 1, host: {}, timeline: { windowNs: 1, runNs: {} }, vms: vms.map(([name, vCpus]) => ({ name, vCpus, reports: {}, latencies: {}, counters: {} })) } },
  };
}
const failed = (seed: number, arm: string): CellResult => ({ cell: { tree: '7.2', scenario: 'holder-corunner', arm, seed }, consoleSha256: '', outcome: { kind: 'failed', verdict: 'hang', evidence: '' } });

describe('vcpuTimes', () => {
  it('adds up the vCPUs of a VM, and takes the median of the seeds that finished', () => {
    const cells = [
      done(1, 'off', times([10, 1], [20, 2]), times([5, 0], [5, 0])),
      done(2, 'off', times([100, 1], [200, 2]), times([7, 9], [7, 0])),
      done(3, 'off', times([1000, 0], [0, 90]), times([6, 0], [6, 4])),
      failed(1, 'on'),
      done(2, 'on', times([1, 2], [3, 4]), []),
    ];
    expect(vcpuTimes(experiment, cells)).toEqual([
      { tree: '7.2', scenario: 'holder-corunner', vm: 'a', coRunner: false, vCpus: 2, arms: new Map([['off', { runNs: 300, stealNs: 3 }], ['on', { runNs: 4, stealNs: 6 }]]) },
      { tree: '7.2', scenario: 'holder-corunner', vm: 'b', coRunner: true, vCpus: 2, arms: new Map([['off', { runNs: 12, stealNs: 4 }]]) },
    ]);
  });
  it('has nothing to say where nothing was measured', () => {
    expect(vcpuTimes(experiment, [])).toEqual([]);
    expect(vcpuTimes(experiment, [failed(1, 'off'), done(2, 'off', [], [])])).toEqual([]);
  });
});

describe('the table of vCPU times', () => {
  const sectionOf = (page: string): string => /<section id="vcpus">.*?<\/section>/s.exec(page)?.[0] ?? '';
  it('is there without a metric that asks for them', () => {
    const { steal: _, ...metrics } = experiment.metrics;
    const section = sectionOf(renderHtml({ ...summary, experiment: { ...experiment, metrics } }, run.cells));
    expect([...section.matchAll(/<caption>([^<]*)/g)].map((m) => m[1])).toEqual(['6.12: vCPU times, median over seeds', '7.2: vCPU times, median over seeds']);
    expect([...section.matchAll(/<th scope="row">([^<]*)/g)].slice(0, 6).map((m) => m[1])).toEqual([
      'two VMs, hackbench: VM a, 2 vCPUs', 'two VMs, hackbench: VM b, 2 vCPUs',
      'two VMs, TLB shootdowns: VM a, 2 vCPUs', 'two VMs, TLB shootdowns: VM b, 2 vCPUs',
      'lock holders beside a co-runner: VM a, 2 vCPUs', 'lock holders beside a co-runner: VM b, 2 vCPUs, co-runner',
    ]);
    expect(section).toContain('<th scope="colgroup" colspan="2">Debooster and Strict Boost</th>');
    expect(section).toMatch(/VM b, 2 vCPUs, co-runner<\/th>(<td>[\d.]+ s<\/td>){4}<\/tr>/);
  });
  it('is not there without them', () => expect(sectionOf(renderHtml(summary, []))).toBe(''));
  it('marks an arm of which no cell finished', () => {
    const section = sectionOf(renderHtml(summary, run.cells.filter(({ cell }) => cell.arm === 'off' || cell.scenario !== 'two-hackbench')));
    expect(section).toMatch(/two VMs, hackbench: VM a, 2 vCPUs<\/th>(<td>[\d.]+ s<\/td>){2}(<td>–<\/td>){2}<\/tr>/);
  });
});
