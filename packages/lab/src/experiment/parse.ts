// SPDX-License-Identifier: MIT
/** Measurements of one cell from the lines of its console. Pure. */
import { LATENCIES, REPORTS, type CellMeasurements, type Histogram, type Scenario, type Vm, type VcpuTimes } from '@unspin/experiment';

export type Parsed = { readonly ok: true; readonly measurements: CellMeasurements } | { readonly ok: false; readonly why: string };

/** What KVM lists among its counters and is no count of events: how things are now, or the most there ever was. */
const GAUGES = new Set([
  'blocking', 'guest_mode', 'max_mmu_page_hash_collisions', 'max_mmu_rmap_size', 'mmu_shadow_pages', 'mmu_unsync',
  'nx_lpage_splits', 'pages_1g', 'pages_2m', 'pages_4k',
]);

/** What the host counts for one vCPU stands with that vCPU's times. */
const SPIN_OF_ONE = /^lab\.vcpu\d+_spin_ns$/;

interface Raw {
  loadNs?: number;
  readonly host: Map<string, number>;
  readonly counters: Map<string, Map<string, number>>;
  readonly vCpus: Map<string, VcpuTimes[]>;
  readonly reports: Map<string, Map<string, number>>;
  readonly latencies: Map<string, Map<string, Histogram>>;
  readonly timelines: Map<string, { readonly windowNs: number; readonly runNs: readonly number[] }>;
}

class Bad extends Error {}

/** A whole number ≥ 0; anything else means that the line was cut short or mixed with another. */
function count(word: string | undefined, line: string): number {
  if (word === undefined || !/^\d+$/.test(word) || !Number.isSafeInteger(Number(word))) throw new Bad(`not a number in: ${line}`);
  return Number(word);
}

function grown(before: string | undefined, after: string | undefined, line: string): number {
  const growth = count(after, line) - count(before, line);
  if (growth < 0) throw new Bad(`a counter went backwards: ${line}`);
  return growth;
}

function inner<V>(map: Map<string, Map<string, V>>, key: string): Map<string, V> {
  const found = map.get(key) ?? new Map<string, V>();
  map.set(key, found);
  return found;
}

function take(raw: Raw, words: readonly string[], line: string): void {
  const [verb, a = '', b = '', c, d, e] = words;
  switch (verb) {
    case 'load':
      raw.loadNs = count(a, line);
      return;
    case 'counter':
      if (a === 'host') raw.host.set(b, grown(c, d, line));
      else if (c !== undefined && !GAUGES.has(c)) inner(raw.counters, b).set(c, grown(d, e, line));
      return;
    case 'vcpu': {
      const times = raw.vCpus.get(a) ?? [];
      if (times.length !== count(b, line)) throw new Bad(`vCPUs out of order: ${line}`);
      raw.vCpus.set(a, [...times, { runNs: grown(c, d, line), stealNs: grown(e, words[6], line) }]);
      return;
    }
    case 'timeline':
      raw.timelines.set(a, { windowNs: count(b, line), runNs: words.slice(3).map((word) => count(word, line)) });
      return;
    case 'report': {
      const value = Number(c);
      if (c === undefined || c === '' || !Number.isFinite(value) || value < 0) throw new Bad(`not a number in: ${line}`);
      inner(raw.reports, a).set(b, value);
      return;
    }
    case 'latency':
      inner(raw.latencies, a).set(b, { counts: words.slice(3).map((word) => count(word, line)) });
      return;
  }
}

function vmResult(vm: Vm, raw: Raw): CellMeasurements['vms'][number] {
  const { program } = vm.workload;
  const vCpus = raw.vCpus.get(vm.name) ?? [];
  if (vCpus.length !== vm.vCpus) throw new Bad(`VM ${vm.name} has times of ${vCpus.length} vCPUs, not of ${vm.vCpus}`);
  const reports = vm.coRunner ? {} : Object.fromEntries(raw.reports.get(vm.name) ?? []);
  const latencies = vm.coRunner ? {} : Object.fromEntries(raw.latencies.get(vm.name) ?? []);
  if (!vm.coRunner) {
    for (const name of Object.keys(REPORTS[program])) if (reports[name] === undefined) throw new Bad(`VM ${vm.name} did not report ${name}`);
    const histogram = LATENCIES[program];
    if (histogram !== undefined && latencies[histogram] === undefined) throw new Bad(`VM ${vm.name} did not report latencies of ${histogram}`);
  }
  const counters = raw.counters.get(vm.name);
  if (counters === undefined) throw new Bad(`VM ${vm.name} has no counters`);
  const spun = (number: number): number | undefined => counters.get(`lab.vcpu${number}_spin_ns`);
  return {
    name: vm.name,
    reports,
    latencies,
    vCpus: vCpus.map((times, number) => (spun(number) === undefined ? times : { ...times, spinNs: spun(number) })),
    counters: Object.fromEntries([...counters].filter(([counter]) => !SPIN_OF_ONE.test(counter))),
  };
}

/** Lines of other origin are ignored. Every line of results must be there: the conductor says how many it wrote. */
export function parseCellConsole(lines: readonly string[], scenario: Scenario): Parsed {
  const raw: Raw = { host: new Map(), counters: new Map(), vCpus: new Map(), reports: new Map(), latencies: new Map(), timelines: new Map() };
  const RESULTS = new Set(['load', 'counter', 'vcpu', 'timeline', 'report', 'latency']);
  let seen = 0;
  let announced: number | undefined;
  try {
    for (const line of lines) {
      const words = /^unspin: (.*)$/.exec(line.trimEnd())?.[1]?.split(' ');
      if (words === undefined) continue;
      if (words[0] === 'end') announced = count(words[1], line);
      if (!RESULTS.has(words[0] ?? '')) continue;
      seen++;
      take(raw, words, line);
    }
    if (announced === undefined) return { ok: false, why: 'the host has not printed all results' };
    if (announced !== seen) return { ok: false, why: `${announced} lines of results were printed and ${seen} arrived` };
    if (raw.loadNs === undefined) return { ok: false, why: 'no time of the load' };
    const timelines = scenario.vms.map((vm) => ({ name: vm.name, line: raw.timelines.get(vm.name) }));
    const missing = timelines.find(({ line }) => line === undefined);
    if (missing !== undefined) return { ok: false, why: `VM ${missing.name} has no timeline` };
    const measurements: CellMeasurements = {
      loadNs: raw.loadNs,
      vms: scenario.vms.map((vm) => vmResult(vm, raw)),
      host: Object.fromEntries(raw.host),
      timeline: { windowNs: timelines[0]?.line?.windowNs ?? 0, runNs: Object.fromEntries(timelines.map(({ name, line }) => [name, line?.runNs ?? []])) },
    };
    return { ok: true, measurements };
  } catch (error) {
    if (error instanceof Bad) return { ok: false, why: error.message };
    throw error;
  }
}
