// SPDX-License-Identifier: MIT
import type { Metric, Scenario } from './description.ts';
import type { CellMeasurements, Histogram, VmResult } from './result.ts';

/**
 * One number of a cell, in the metric's unit. undefined where this scenario has nothing to give: no VM reports it.
 * What workloads say is asked of the VMs that count, and not of co-runners; counters and times are of all VMs.
 */
export function metricValue(metric: Metric, scenario: Scenario, measurements: CellMeasurements): number | undefined {
  const { from } = metric;
  const all = measurements.vms.filter((vm) => from.vms === undefined || from.vms.includes(vm.name));
  const counting = from.vms === undefined ? all.filter((vm) => !scenario.vms.some((of) => of.name === vm.name && of.coRunner)) : all;
  switch (from.kind) {
    case 'workload':
      return combined(counting.map((vm) => vm.reports[from.value]), from.combine);
    case 'counter':
      return counters([from.name].flat(), from.scope, measurements, all);
    case 'vcpu':
      return combined(all.flatMap((vm) => vm.vCpus.map((vCpu) => vCpu[from.value])), from.combine);
    case 'counterShare':
      return share(counters(from.part, from.scope, measurements, all), counters(from.rest, from.scope, measurements, all));
    case 'vcpuShare': {
      if (all.length === 0) return undefined;
      const sum = (vms: readonly VmResult[]): number | undefined => combined(vms.flatMap((vm) => vm.vCpus.map((vCpu) => vCpu[from.value])), 'sum');
      return share(sum(all), sum(measurements.vms.filter((vm) => !all.includes(vm))));
    }
    case 'latency':
      return histogramQuantile(pooled(histogramsOf(counting, from.histogram)), from.quantile);
  }
}

/** A histogram of each VM that has it. */
export const histogramsOf = (vms: readonly VmResult[], name: string): Histogram[] => vms.flatMap((vm) => (vm.latencies[name] === undefined ? [] : [vm.latencies[name]]));

function combined(values: readonly (number | undefined)[], how: 'sum' | 'mean' | 'max'): number | undefined {
  const given = values.filter((v) => v !== undefined);
  if (given.length === 0) return undefined;
  if (how === 'max') return Math.max(...given);
  const sum = given.reduce((a, b) => a + b, 0);
  return how === 'sum' ? sum : sum / given.length;
}

function counters(names: readonly string[], scope: 'host' | 'vms', { host }: CellMeasurements, vms: readonly VmResult[]): number | undefined {
  return combined(names.flatMap((name) => (scope === 'host' ? [host[name]] : vms.map((vm) => vm.counters[name]))), 'sum');
}

const share = (part = 0, rest = 0): number | undefined => (part + rest === 0 ? undefined : part / (part + rest));

/** Histograms laid on top of each other. */
export function pooled(from: readonly Histogram[]): Histogram {
  const length = Math.max(0, ...from.map((h) => h.counts.length));
  return { counts: Array.from({ length }, (_, i) => from.reduce((sum, h) => sum + (h.counts[i] ?? 0), 0)) };
}

/** The ns that a share of the latencies stayed under: the upper bound of the bucket, so up to twice the true quantile. */
export function histogramQuantile({ counts }: Histogram, share: number): number | undefined {
  const total = counts.reduce((a, b) => a + b, 0);
  if (total === 0) return undefined;
  let seen = 0;
  const bucket = counts.findIndex((count) => (seen += count) >= share * total && seen > 0);
  return 2 ** bucket;
}
