// SPDX-License-Identifier: MIT
/** CPU time over time: who was ahead, and by how much. */
import { quartiles, type CellResult, type Experiment, type Timeline } from '@unspin/experiment';

/** The most that one VM was ahead of another at a time, over the seeds of an arm; seconds of CPU time per vCPU. */
export interface LeadPoint {
  /** Seconds since the load began. */
  readonly at: number;
  readonly median: number;
  readonly q1: number;
  readonly q3: number;
}

export interface ShareArea {
  readonly arm: string;
  readonly vm: string;
  readonly vmIndex: number;
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

export interface FairnessPanel {
  readonly tree: string;
  readonly scenario: string;
  readonly leads: readonly { readonly arm: string; readonly points: readonly LeadPoint[] }[];
  /** Of one seed, the first that all arms finished. */
  readonly shares?: { readonly seed: number; readonly areas: readonly ShareArea[] };
}

/** One panel for each tree and scenario with several VMs. */
export function fairnessPanels(experiment: Experiment, results: readonly CellResult[]): FairnessPanel[] {
  const arms = Object.keys(experiment.arms);
  return Object.entries(experiment.scenarios).flatMap(([scenario, { vms }]) =>
    experiment.trees.flatMap((tree): FairnessPanel[] => {
      if (vms.length < 2) return [];
      const done = results.flatMap(({ cell, outcome }) => (cell.tree === tree && cell.scenario === scenario && outcome.kind === 'done' ? [{ cell, timeline: outcome.measurements.timeline }] : []));
      const vCpus = new Map(vms.map((vm) => [vm.name, vm.vCpus]));
      const leads = arms.flatMap((arm) => {
        const points = leadOf(done.filter((d) => d.cell.arm === arm).map((d) => d.timeline), vCpus);
        return points.length === 0 ? [] : [{ arm, points }];
      });
      if (leads.length === 0) return [];
      const seed = [...new Set(done.map((d) => d.cell.seed))].sort((a, b) => a - b).find((s) => arms.every((arm) => done.some((d) => d.cell.seed === s && d.cell.arm === arm)));
      const areas = done.filter((d) => d.cell.seed === seed).flatMap((d) => sharesOf(d.timeline, d.cell.arm, vms.map((vm) => vm.name)));
      return [{ tree, scenario, leads, ...(seed === undefined ? {} : { shares: { seed, areas } }) }];
    }),
  );
}

/** As long as at least half the seeds still ran. */
function leadOf(timelines: readonly Timeline[], vCpus: ReadonlyMap<string, number>): LeadPoint[] {
  const series = timelines.map((t) => ({ windowNs: t.windowNs, leads: leads(t, vCpus) }));
  const longest = Math.max(0, ...series.map((s) => s.leads.length));
  const points: LeadPoint[] = [];
  for (let w = 0; w < longest; w += 1) {
    const there = series.map((s) => s.leads[w]).filter((lead) => lead !== undefined);
    const spread = quartiles(there);
    if (spread === undefined || there.length * 2 < series.length) break;
    points.push({ at: ((w + 1) * (series[0]?.windowNs ?? 0)) / 1e9, median: spread.median, q1: spread.q1, q3: spread.q3 });
  }
  return points;
}

function leads({ runNs }: Timeline, vCpus: ReadonlyMap<string, number>): number[] {
  const vms = Object.entries(runNs);
  const windows = Math.max(0, ...vms.map(([, ns]) => ns.length));
  const had = new Map<string, number>();
  return Array.from({ length: windows }, (_, w) => {
    for (const [vm, ns] of vms) had.set(vm, (had.get(vm) ?? 0) + (ns[w] ?? 0) / (vCpus.get(vm) ?? 1) / 1e9);
    return Math.max(...had.values()) - Math.min(...had.values());
  });
}

function sharesOf({ windowNs, runNs }: Timeline, arm: string, vms: readonly string[]): ShareArea[] {
  const windows = Math.max(0, ...Object.values(runNs).map((ns) => ns.length));
  return Array.from({ length: windows }, (_, w) => {
    const total = vms.reduce((sum, vm) => sum + (runNs[vm]?.[w] ?? 0), 0);
    let from = 0;
    return vms.map((vm, vmIndex) => {
      const share = total === 0 ? 0 : (runNs[vm]?.[w] ?? 0) / total;
      from += share;
      return { arm, vm, vmIndex, at: ((w + 0.5) * windowNs) / 1e9, from: from - share, to: from };
    });
  }).flat();
}
