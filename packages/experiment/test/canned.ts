// SPDX-License-Identifier: MIT
/** Results that no machine gave, with plausible numbers: the same ones each time. */
import { createHash } from 'node:crypto';
import {
  cellId, cellsOf, cpuBound, hackbench, lockHolder, parseExperiment, tlbShootdown,
  type Cell, type CellMeasurements, type CellResult, type Experiment, type ExperimentInput, type Histogram, type RunRecord, type TreeProvenance, type Vm, type VmResult,
} from '../src/index.ts';
import { mulberry32 } from '../src/random.ts';

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
const vm = (name: string) => ({ name, vCpus: 2, features: { pvSpinlocks: false } });

export const CANNED: ExperimentInput = {
  name: 'canned',
  title: 'Debooster and Strict Boost in over-committed VMs',
  question: 'Do over-committed guests get more done when a spinning vCPU is charged for the yield & only vCPUs that can end the spin are chosen? <Made-up numbers.>',
  trees: ['6.1', '6.12', '7.2'],
  policy: 'vm-agnostic',
  seeds: 10,
  scenarios: {
    'two-hackbench': { title: 'two VMs, hackbench', vms: [{ ...vm('a'), workload: hackbench() }, { ...vm('b'), workload: hackbench() }] },
    'two-shootdown': { title: 'two VMs, TLB shootdowns', vms: [{ ...vm('a'), workload: tlbShootdown() }, { ...vm('b'), workload: tlbShootdown() }] },
    'holder-corunner': { title: 'lock holders beside a co-runner', vms: [{ ...vm('a'), workload: lockHolder() }, { ...vm('b'), workload: cpuBound(), coRunner: true }] },
  },
  arms: { off: { title: 'off' }, on: { title: 'Debooster and Strict Boost', switches: ['debooster', 'strictBoost'] } },
  metrics: {
    loadSeconds: { title: 'time of the load', unit: 's', better: 'lower', from: { kind: 'workload', value: 'seconds' } },
    rounds: { title: 'TLB shootdowns', unit: '1/s', better: 'higher', from: { kind: 'workload', value: 'roundsPerSecond' } },
    pairs: { title: 'lock pairs', unit: '1/s', better: 'higher', from: { kind: 'workload', value: 'pairsPerSecond' } },
    acquireP99: { title: 'lock wait, 99th percentile', unit: 'ns', better: 'lower', from: { kind: 'latency', histogram: 'acquire', quantile: 0.99 } },
    steal: { title: 'steal time', unit: 'ns', better: 'lower', from: { kind: 'vcpu', value: 'stealNs' } },
    pauseLoops: { title: 'pause-loop exits', from: { kind: 'counter', scope: 'host', name: 'lab.pause_loops' } },
    deboosted: { title: 'yielders charged', from: { kind: 'counter', scope: 'host', name: 'deboost.applied' } },
  },
  compare: [{ baseline: 'off', arm: 'on' }],
};

export function cannedExperiment(change: Partial<ExperimentInput> = {}): Experiment {
  const { experiment, problems } = parseExperiment({ ...CANNED, ...change });
  if (experiment === undefined) throw new Error(problems.map((p) => `${p.path.join('.')}: ${p.diagnostic.message}`).join('\n'));
  return experiment;
}

/** How much faster the load gets with everything on, by tree. */
const EFFECT: Readonly<Record<string, number>> = { '6.1': 0.94, '6.12': 0.82, '7.2': 1 };
const FAILED: Readonly<Record<string, readonly [string, string]>> = {
  '6.1/two-shootdown/on/4': ['hang', 'no output for 45 s; last line: "guest a: 0x1f <TLB>"'],
  '6.1/two-shootdown/off/9': ['lost-vm', 'guest b reset early in its boot'],
  '7.2/two-hackbench/on/2': ['hang', 'no output for 45 s'],
};

export interface CannedOptions {
  readonly change?: Partial<ExperimentInput>;
  /** The mechanism is compiled in, switched on, and never called: no effect, and no counter moves. */
  readonly neverCalled?: boolean;
  /** A different draw of all numbers. */
  readonly draw?: string;
}

export function cannedRun({ change = {}, neverCalled = false, draw = '' }: CannedOptions = {}): RunRecord {
  const experiment = cannedExperiment({ ...change, ...(neverCalled ? { neverCalled: true } : {}) });
  const cells = cellsOf(experiment).map((cell) => cannedCell(experiment, cell, neverCalled, draw));
  return {
    experiment,
    command: './unspin lab run canned',
    provenance: experiment.trees.map(cannedProvenance),
    cells,
    repeats: experiment.trees.map((tree) => {
      const cell = { tree, scenario: 'two-hackbench', arm: 'off', seed: 1 };
      return { cell, first: sha(cellId(cell) + draw), again: sha(cellId(cell) + draw) };
    }),
  };
}

const cannedProvenance = (tree: string): TreeProvenance => ({
  tree,
  version: { '6.1': '6.1.147', '6.12': '6.12.117', '7.2': '7.2.12' }[tree] ?? tree,
  patches: ['0001-sched-add-a-way-to-charge-a-yielder.patch', '0002-KVM-x86-strict-boost.patch'].map((name) => ({ name, sha256: sha(tree + name) })),
  labPatches: ['exit after each injection', 'PAUSE filter in software'].map((name) => ({ name, sha256: sha(tree + name) })),
  configSha256: sha(`config ${tree}`),
  kernelSha256: sha(`kernel ${tree}`),
  gcc: 'gcc (Debian 12.2.0-14) 12.2.0',
  qemu: '7.2.22',
  guestQemu: '7.2.22',
  imagesSha256: sha(`images ${tree}`),
  guestPrograms: [
    { name: 'busybox', sha256: sha('busybox'), package: { name: 'busybox-static', version: '1:1.35.0-4+b3' } },
    { name: 'hackbench', sha256: sha('hackbench') },
  ],
  accel: 'tcg',
  accelReason: '/dev/kvm opens but does not boot a kernel',
});

function cannedCell(experiment: Experiment, cell: Cell, neverCalled: boolean, draw: string): CellResult {
  const consoleSha256 = sha(cellId(cell) + draw);
  const failed = FAILED[cellId(cell)];
  if (failed !== undefined) return { cell, outcome: { kind: 'failed', verdict: failed[0], evidence: failed[1] }, consoleSha256 };
  return { cell, outcome: { kind: 'done', measurements: measurements(experiment, cell, cell.arm === 'on' && !neverCalled, draw) }, consoleSha256 };
}

function measurements(experiment: Experiment, cell: Cell, on: boolean, draw: string): CellMeasurements {
  const random = mulberry32(Number.parseInt(sha(cellId(cell) + draw).slice(0, 8), 16));
  const shared = mulberry32(Number.parseInt(sha(`${cell.scenario}${cell.seed}${draw}`).slice(0, 8), 16))();
  const noise = (spread: number): number => 1 + spread * (random() + random() - 1);
  const speed = (1 + 0.15 * (shared - 0.5)) * (on ? (EFFECT[cell.tree] ?? 1) : 1);
  const { vms } = experiment.scenarios[cell.scenario] ?? { vms: [] };
  const loadNs = Math.round(2.4e9 * speed * noise(0.05));
  const count = (mean: number): number => Math.round(mean * noise(0.2));
  return {
    loadNs,
    vms: vms.map((each) => vmResult(each, speed, loadNs, on, count, noise)),
    host: {
      'lab.pause_loops': count(on ? 3600 : 4900), 'sched.yields': count(on ? 1600 : 550), 'sched.switches': count(48_000),
      'deboost.applied': on ? count(290) : 0, 'deboost.not_needed': on ? count(700) : 0, 'deboost.over_limit': 0,
    },
    timeline: timeline(vms, loadNs, on, random),
  };
}

function vmResult(vm: Vm, speed: number, loadNs: number, on: boolean, count: (mean: number) => number, noise: (spread: number) => number): VmResult {
  const value = { hackbench: { seconds: 2.1 * speed }, 'tlb-shootdown': { roundsPerSecond: 3100 / speed }, 'lock-holder': { pairsPerSecond: 9400 / speed } }[vm.workload.program as 'hackbench'];
  const latency = ({ 'tlb-shootdown': 'shootdown', 'lock-holder': 'acquire' } as Record<string, string>)[vm.workload.program];
  return {
    name: vm.name,
    reports: vm.coRunner ? {} : Object.fromEntries(Object.entries(value ?? {}).map(([k, v]) => [k, Math.round(v * noise(0.03) * 1000) / 1000])),
    latencies: latency === undefined ? {} : { [latency]: histogram(on ? speed : 1, noise) },
    vCpus: Array.from({ length: vm.vCpus }, () => ({ runNs: Math.round(0.5 * loadNs * noise(0.04)), stealNs: Math.round(0.45 * loadNs * speed * noise(0.1)) })),
    counters: { pause_exits: count(310_000), strict_boost_user_receiver: on ? count(640) : 0, strict_boost_halted_refused: 0 },
  };
}

/** A hump at some µs and a tail of waits for a preempted vCPU, some ms long. */
function histogram(speed: number, noise: (spread: number) => number): Histogram {
  const counts = Array.from({ length: 26 }, (_, i) => {
    const hump = 18_000 * Math.exp(-((i - 11) ** 2) / 4);
    const tail = 260 * speed ** 6 * Math.exp(-((i - 21.5) ** 2) / 2.5);
    return Math.round((hump + tail) * noise(0.1));
  });
  return { counts };
}

function timeline(vms: readonly Vm[], loadNs: number, on: boolean, random: () => number): CellMeasurements['timeline'] {
  const windowNs = 50_000_000;
  const windows = Math.ceil(loadNs / windowNs);
  const runNs: Record<string, number[]> = Object.fromEntries(vms.map((vm) => [vm.name, []]));
  let drift = 0;
  for (let w = 0; w < windows; w += 1) {
    drift = drift * 0.9 + (random() - 0.5) * (on ? 0.08 : 0.2);
    vms.forEach((vm, i) => runNs[vm.name]?.push(Math.round((2 * windowNs * (1 + (i === 0 ? drift : -drift))) / vms.length)));
  }
  return { windowNs, runNs };
}
