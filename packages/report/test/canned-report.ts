// SPDX-License-Identifier: MIT
import { summarize, type CellResult, type RunRecord, type Summary } from '@unspin/experiment';
import { CANNED, cannedRun, type CannedOptions } from '../../experiment/test/canned.ts';

export interface CannedReport {
  readonly run: RunRecord;
  readonly summary: Summary;
}

export function cannedReport(options: CannedOptions = {}): CannedReport {
  const run = cannedRun(options);
  return { run, summary: summarize(run.experiment, run.provenance, run.cells, run) };
}

/** As wide as reports get: 11 scenarios of two arms, and 22 counters with long names and ten digits. */
export function wideReport(): CannedReport {
  const more = Array.from({ length: 8 }, (_, i) => [`load-${i}`, { ...CANNED.scenarios['two-hackbench']!, title: `two VMs, load ${i} with a title of its own` }] as const);
  const { run } = cannedReport({ change: { trees: ['7.2'], seeds: 2, scenarios: { ...CANNED.scenarios, ...Object.fromEntries(more) } } });
  const wide = Array.from({ length: 12 }, (_, i) => [`ecs_unavoided_interrupt_${i}`, 1_234_567_890 + i]);
  const names = (cell: CellResult): CellResult => {
    if (cell.outcome.kind !== 'done') return cell;
    const { measurements } = cell.outcome;
    const vms = measurements.vms.map((vm) => ({ ...vm, counters: { ...vm.counters, strict_boost_halted_refused: 1, halt_wait_ns: 98_765_432_109, ...Object.fromEntries(wide) } }));
    return { ...cell, outcome: { kind: 'done', measurements: { ...measurements, vms, host: { ...measurements.host, 'deboost.over_limit': 1 } } } };
  };
  const cells = run.cells.map(names);
  return { run: { ...run, cells }, summary: summarize(run.experiment, run.provenance, cells, run) };
}
