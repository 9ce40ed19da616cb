// SPDX-License-Identifier: MIT
/** What an experiment's values must be to each other. */
import type { DiagnosticCode } from '@unspin/diagnostics';
import type { ValueDiagnostic } from '@unspin/policy/definition-file';
import type { Experiment, Metric, Scenario, Vm } from './description.ts';
import { leastPairs } from './sample.ts';
import { LATENCIES, REPORTS } from './workload.ts';

type Path = readonly (string | number)[];

interface ProblemOptions {
  readonly code?: DiagnosticCode;
  readonly onKey?: boolean;
  readonly help?: string;
  readonly severity?: 'error' | 'warning';
}

export function problem(path: Path, message: string, { code = 'EXPERIMENT_INVALID', onKey = false, help, severity = 'error' }: ProblemOptions = {}): ValueDiagnostic {
  return { path, onKey, diagnostic: { code, severity, message, ...(help === undefined ? {} : { help }) } };
}

/** vCPUs a pCPU can have in one scenario: above, guests under emulation do not come up in any useful time. */
const MOST_VCPUS_PER_PCPU = 16;
/** Host memory besides the guests' own: its kernel and programs, and each guest's QEMU. */
const HOST_MIB = 256;
const PER_VM_MIB = 48;

export function checkExperiment(experiment: Experiment): ValueDiagnostic[] {
  return [
    ...repeated(experiment.trees).map((i) => problem(['trees', i], `tree '${experiment.trees[i]}' is named twice`)),
    ...needsPolicy(experiment),
    ...Object.entries(experiment.scenarios).flatMap(([name, scenario]) => checkScenario(experiment, ['scenarios', name], scenario)),
    ...Object.entries(experiment.metrics).flatMap(([name, metric]) => checkMetric(experiment, ['metrics', name, 'from'], metric)),
    ...checkCompare(experiment),
  ];
}

/** Places of elements that came before. */
const repeated = (names: readonly string[]): number[] => names.flatMap((name, i) => (names.indexOf(name) < i ? [i] : []));

function needsPolicy({ policy, neverCalled, arms }: Experiment): ValueDiagnostic[] {
  if (policy !== undefined) return [];
  const help = "name it: policy: '…'";
  return [
    ...(neverCalled ? [problem(['neverCalled'], 'neverCalled needs a policy: without one there is no mechanism to leave uncalled', { help })] : []),
    ...Object.entries(arms).flatMap(([name, { switches }]) =>
      switches.map((mechanism, i) => problem(['arms', name, 'switches', i], `switching ${mechanism} on needs a policy: without one the kernel has no mechanism`, { help })),
    ),
  ];
}

function checkScenario({ host }: Experiment, path: Path, { vms }: Scenario): ValueDiagnostic[] {
  const vCpus = vms.reduce((sum, vm) => sum + vm.vCpus, 0);
  const most = host.pCpus * MOST_VCPUS_PER_PCPU;
  const memoryMib = vms.reduce((sum, vm) => sum + vm.memoryMib + PER_VM_MIB, HOST_MIB);
  return [
    ...repeated(vms.map((vm) => vm.name)).map((i) => problem([...path, 'vms', i, 'name'], `two VMs are named '${vms[i]?.name}'`)),
    ...(vms.every((vm) => vm.coRunner) ? [problem([...path, 'vms'], 'all VMs are co-runners: nothing would end the run')] : []),
    ...(vCpus > most ? [problem([...path, 'vms'], `${vCpus} vCPUs on ${host.pCpus} pCPUs: at most ${most}`, { help: 'fewer VMs or vCPUs, or a larger host.pCpus' })] : []),
    ...(memoryMib > host.memoryMib
      ? [problem([...path, 'vms'], `the VMs need ${memoryMib} MiB with what the host itself takes, and it has ${host.memoryMib}`, { help: 'a larger host.memoryMib, or less memoryMib for each VM' })]
      : []),
  ];
}

/** VMs a metric looks at, over all scenarios. */
function vmsOf({ scenarios }: Experiment, named: readonly string[] | undefined): Vm[] {
  const all = Object.values(scenarios).flatMap((s) => s.vms);
  return named === undefined ? all.filter((vm) => !vm.coRunner) : all.filter((vm) => named.includes(vm.name));
}

function checkMetric(experiment: Experiment, path: Path, { from }: Metric): ValueDiagnostic[] {
  const names = new Set(Object.values(experiment.scenarios).flatMap((s) => s.vms.map((vm) => vm.name)));
  const strangers = (from.vms ?? []).flatMap((name, i) => (names.has(name) ? [] : [problem([...path, 'vms', i], `no scenario has a VM named '${name}'`, { help: `there are: ${[...names].join(', ')}` })]));
  if (strangers.length > 0) return strangers;
  const programs = [...new Set(vmsOf(experiment, from.vms).map((vm) => vm.workload.program))];
  if (from.kind === 'workload') {
    const given = [...new Set(programs.flatMap((p) => Object.keys(REPORTS[p])))];
    return given.includes(from.value) ? [] : [problem([...path, 'value'], `no workload here reports '${from.value}'`, { help: `${programs.join(', ')} report: ${given.join(', ')}` })];
  }
  if (from.kind === 'latency') {
    const given = [...new Set(programs.flatMap((p) => LATENCIES[p] ?? []))];
    const help = given.length === 0 ? `only ${Object.keys(LATENCIES).join(', ')} keep latencies` : `there are: ${given.join(', ')}`;
    return given.includes(from.histogram) ? [] : [problem([...path, 'histogram'], `no workload here keeps latencies named '${from.histogram}'`, { help })];
  }
  if ((from.kind === 'counter' || from.kind === 'counterShare') && from.scope === 'host' && from.vms !== undefined) return [problem([...path, 'vms'], "a counter of the host belongs to no VM; scope 'vms' takes names", { onKey: true })];
  if (from.kind === 'counterShare') return from.part.flatMap((counter, i) => (from.rest.includes(counter) ? [problem([...path, 'part', i], `'${counter}' is part and rest at once`)] : []));
  return [];
}

function checkCompare({ arms, compare, seeds, confidence }: Experiment): ValueDiagnostic[] {
  const help = `arms: ${Object.keys(arms).join(', ')}`;
  const strangers = compare.flatMap((pair, i) =>
    (['baseline', 'arm'] as const).flatMap((side) => (Object.hasOwn(arms, pair[side]) ? [] : [problem(['compare', i, side], `no arm is named '${pair[side]}'`, { help })])),
  );
  const selves = compare.flatMap(({ baseline, arm }, i) => (baseline === arm ? [problem(['compare', i, 'arm'], `'${arm}' is compared with itself`)] : []));
  const twice = repeated(compare.map(({ baseline, arm }) => `${baseline}/${arm}`)).map((i) => problem(['compare', i], 'this pair is compared twice'));
  const least = leastPairs(confidence);
  const few = compare.length > 0 && seeds < least ? [problem(['seeds'], `${seeds} seeds can show no effect at a confidence of ${confidence}: that takes ${least}`, { code: 'EXPERIMENT_FEW_SEEDS', severity: 'warning' })] : [];
  return [...strangers, ...selves, ...twice, ...few];
}
