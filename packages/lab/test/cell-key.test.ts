// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { experimentSchema, hackbench, type ExperimentInput } from '@unspin/experiment';
import { cellKey, cellKeyParts, type CellKeyParts, type CellKeyRequest } from '../src/experiment/cell-key.ts';

const input: ExperimentInput = {
  name: 'sample', title: 'A sample', question: 'Is it so?', trees: ['6.1', '7.2'], seeds: 2,
  scenarios: Object.fromEntries(['s', 'same'].map((name) => [name, { vms: [{ name: 'a', vCpus: 2, workload: hackbench() }] }])),
  arms: { off: {}, on: { switches: ['debooster'], kernelParameters: ['preempt=full'], guestKernelParameters: ['quiet'], moduleParameters: ['kvm.halt_poll_ns=0'] } },
  metrics: { yields: { title: 'yields', from: { kind: 'counter', scope: 'host', name: 'sched.yields' } } },
};
const experiment = (change: Partial<ExperimentInput> = {}) => experimentSchema.parse({ ...input, ...change });
const request: CellKeyRequest = {
  kernel: { key: 'k' }, images: { key: 'i', guestKernel: '/l2/vmlinux' }, qemu: { binary: '/usr/bin/qemu', version: '10.0.2' }, accel: 'tcg',
  experiment: experiment(), clock: 'virtual', cell: { tree: '7.2', scenario: 's', arm: 'on', seed: 1 },
};

function parts(change: Partial<CellKeyRequest> = {}): CellKeyParts {
  const made = cellKeyParts({ ...request, ...change });
  if (!made.ok) throw new Error(made.diagnostics[0]?.message);
  return made.value;
}
const key = (change: Partial<CellKeyRequest> = {}): string => cellKey(parts(change));

describe('the key of a cell', () => {
  it('is another one for each thing that goes into a cell', () => {
    const vms = (vm: object) => experiment({ scenarios: { ...input.scenarios, s: { vms: [{ name: 'a', vCpus: 2, workload: hackbench(), ...vm }] } } });
    const arm = (on: ExperimentInput['arms'][string]) => experiment({ arms: { ...input.arms, on } });
    const changes: readonly Partial<CellKeyRequest>[] = [
      {},
      { kernel: { key: 'other' } },
      { images: { key: 'other', guestKernel: '/l2/vmlinux' } },
      { images: { key: 'i', guestKernel: '/l2/bzImage' } },
      { qemu: { binary: '/usr/bin/qemu', version: '10.0.3' } },
      { qemu: { binary: '/usr/bin/qemu', version: '10.0.2', extraArgs: ['-overcommit', 'cpu-pm=on'] } },
      { accel: 'kvm' },
      { clock: 'threads' },
      { clock: 'kvm' },
      { experiment: experiment({ host: { pCpus: 3 } }) },
      { experiment: experiment({ host: { memoryMib: 3000 } }) },
      { experiment: vms({ vCpus: 3 }) },
      { experiment: vms({ memoryMib: 200 }) },
      { experiment: vms({ workload: hackbench({ messages: 51 }) }) },
      { experiment: vms({ features: { pvSpinlocks: false } }) },
      { experiment: arm({}) },
      { experiment: arm({ kernelParameters: ['preempt=none'] }) },
      { experiment: arm({ guestKernelParameters: ['debug'] }) },
      { experiment: arm({ moduleParameters: ['kvm.halt_poll_ns=1'] }) },
      { cell: { ...request.cell, tree: '6.1' } },
      { cell: { ...request.cell, scenario: 'same' } },
      { cell: { ...request.cell, arm: 'off' } },
      { cell: { ...request.cell, seed: 2 } },
    ];
    const keys = changes.map((change) => key(change));
    expect(new Set(keys).size).toBe(changes.length);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  });

  it('changes with each of its parts', () => {
    const all = parts();
    const others: CellKeyParts = { format: all.format + 1, kernel: '', images: '', qemu: '', accel: '', clock: 'kvm', argv: [], plan: { ...all.plan, conf: '' }, cell: { ...all.cell, seed: 7 } };
    const keys = (Object.keys(all) as (keyof CellKeyParts)[]).map((part) => cellKey({ ...all, [part]: others[part] }));
    expect(new Set([cellKey(all), ...keys]).size).toBe(Object.keys(others).length + 1);
  });

  it('holds the machine: processor, clock, seed and kernel parameters', () => {
    const argv = parts().argv.join(' ');
    for (const said of ['-cpu EPYC,+svm', '-icount shift=0,sleep=off', '-rtc clock=vm', '-seed 1', 'loglevel=5 tsc=reliable no_timer_check lab_lapic_timer_period=']) expect(argv).toContain(said);
    const { argv: all } = parts();
    for (const i of all.keys()) expect(cellKey({ ...parts(), argv: all.with(i, `${all[i]}x`) })).not.toBe(key());
  });

  it('is the same wherever things lie', () => {
    const at = (dir: string) => key({ qemu: { binary: `${dir}/qemu`, version: '10.0.2', extraArgs: ['-L', `${dir}/share`] } });
    expect(at('/here')).toBe(at('/there'));
    expect(key({ qemu: { binary: '/elsewhere/qemu', version: '10.0.2' } })).toBe(key());
  });

  it('is the same for more seeds, other metrics and other words', () => {
    expect(key({ experiment: experiment({ seeds: 9, title: 'Other', question: 'Is it?', metrics: { rounds: { title: 'r', from: { kind: 'vcpu', value: 'stealNs' } } } }) })).toBe(key());
  });
});
