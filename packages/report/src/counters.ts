// SPDX-License-Identifier: MIT
import { quartiles, type CellResult } from '@unspin/experiment';

export interface CounterRow {
  /** As results name it; those of VMs are summed over all of them, and marked. */
  readonly name: string;
  /** Median over seeds, by scenario and arm as `cellKey` joins them. */
  readonly medians: ReadonlyMap<string, number>;
}

export const cellKey = (scenario: string, arm: string): string => `${scenario}/${arm}`;

/** Counters of the mechanisms, which say whether a mechanism acted at all. */
const MECHANISM = /^(VMs: )?(deboost|strict_boost|ecs)/;

export const isMechanismCounter = (name: string): boolean => MECHANISM.test(name);

/** Counters of a tree that moved in any cell; those of the mechanisms first. */
export function counterRows(results: readonly CellResult[], tree: string): CounterRow[] {
  const values = new Map<string, Map<string, number[]>>();
  for (const { cell, outcome } of results) {
    if (cell.tree !== tree || outcome.kind !== 'done') continue;
    for (const [name, value] of countersOf(outcome.measurements)) {
      const of = values.get(name) ?? new Map<string, number[]>();
      const key = cellKey(cell.scenario, cell.arm);
      of.set(key, [...(of.get(key) ?? []), value]);
      values.set(name, of);
    }
  }
  const order = (name: string): string => `${isMechanismCounter(name) ? 0 : 1} ${name}`;
  return [...values]
    .filter(([, of]) => [...of.values()].some((all) => all.some((v) => v !== 0)))
    .map(([name, of]) => ({ name, medians: new Map([...of].map(([key, all]) => [key, quartiles(all)?.median ?? 0])) }))
    .sort((a, b) => (order(a.name) < order(b.name) ? -1 : 1));
}

function countersOf({ host, vms }: { readonly host: Readonly<Record<string, number>>; readonly vms: readonly { readonly counters: Readonly<Record<string, number>> }[] }): Map<string, number> {
  const all = new Map(Object.entries(host));
  for (const vm of vms) for (const [name, value] of Object.entries(vm.counters)) all.set(`VMs: ${name}`, (all.get(`VMs: ${name}`) ?? 0) + value);
  return all;
}
