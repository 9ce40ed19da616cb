// SPDX-License-Identifier: MIT
/** How long each VM's vCPUs ran, and how long they waited to run: measured in every cell, whatever metrics an experiment names. */
import { quartiles, type CellResult, type Experiment, type VcpuTimes } from '@unspin/experiment';

export interface VcpuTimesRow {
  readonly tree: string;
  readonly scenario: string;
  readonly vm: string;
  readonly coRunner: boolean;
  readonly vCpus: number;
  /** By arm: medians over seeds of the sums over the VM's vCPUs. An arm of which no cell finished is not there. */
  readonly arms: ReadonlyMap<string, VcpuTimes>;
}

/** In the order tree, scenario, VM. */
export function vcpuTimes(experiment: Experiment, results: readonly CellResult[]): VcpuTimesRow[] {
  const sums = new Map<string, VcpuTimes[]>();
  const key = (...place: readonly string[]): string => place.join('/');
  for (const { cell, outcome } of results) {
    if (outcome.kind !== 'done') continue;
    for (const { name, vCpus } of outcome.measurements.vms) {
      if (vCpus.length === 0) continue;
      const at = key(cell.tree, cell.scenario, name, cell.arm);
      sums.set(at, [...(sums.get(at) ?? []), each(vCpus, sum)]);
    }
  }
  return experiment.trees.flatMap((tree) =>
    Object.entries(experiment.scenarios).flatMap(([scenario, { vms }]) =>
      vms.flatMap((vm): VcpuTimesRow[] => {
        const arms = Object.keys(experiment.arms).flatMap((arm) => {
          const of = sums.get(key(tree, scenario, vm.name, arm));
          return of === undefined ? [] : [[arm, each(of, median)] as const];
        });
        return arms.length === 0 ? [] : [{ tree, scenario, vm: vm.name, coRunner: vm.coRunner, vCpus: vm.vCpus, arms: new Map(arms) }];
      }),
    ),
  );
}

/** Spin times only where all have one. */
function each(times: readonly VcpuTimes[], how: (values: readonly number[]) => number): VcpuTimes {
  const spun = times.flatMap((t) => t.spinNs ?? []);
  return { runNs: how(times.map((t) => t.runNs)), stealNs: how(times.map((t) => t.stealNs)), ...(spun.length === times.length ? { spinNs: how(spun) } : {}) };
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const median = (values: readonly number[]): number => quartiles(values)?.median ?? 0;
