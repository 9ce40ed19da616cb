// SPDX-License-Identifier: MIT
/** The settings of one cell, as the host's init and its conductor read them. Pure: the same cell gives the same bytes. */
import type { Arm, Cell, Clock, Experiment, Scenario, Vm, VmFeatures } from '@unspin/experiment';
import { fail, ok, type Result } from '@unspin/diagnostics';
import { perturbation } from './perturbation.ts';
import { programArguments } from './programs.ts';
import { onPCpus } from './spare-cpu.ts';

/** Limits of one boot by the host's clock, in seconds. */
export interface PlanLimits {
  /** Until a guest waits for its go. */
  readonly readySeconds: number;
  /** From the go until all measured guests have reported. */
  readonly loadSeconds: number;
  readonly windowNs: number;
}

/** A guest boots in half a second of virtual time; more than its share of a load is a guest that spins for ever. */
const READY_SECONDS = { virtual: 10, threads: 120, kvm: 30 } as const satisfies Record<Clock, number>;
const LOAD_SECONDS = { virtual: 60, threads: 240, kvm: 120 } as const satisfies Record<Clock, number>;

export function planLimits(clock: Clock, scenario: Scenario): PlanLimits {
  const told = scenario.vms.map(({ workload }) => ('seconds' in workload ? workload.seconds : 0));
  return { readySeconds: READY_SECONDS[clock], loadSeconds: LOAD_SECONDS[clock] + 2 * Math.max(...told), windowNs: 100_000_000 };
}

export interface CellPlan {
  /** Shell assignments for the host's init. */
  readonly conf: string;
  /** What the conductor does. */
  readonly plan: string;
  /** Added to the host kernel's command line. */
  readonly hostParameters: readonly string[];
}

/** A cell's scenario and arm, where the experiment has both. */
export function cellParts(experiment: Experiment, cell: Cell): Result<{ readonly scenario: Scenario; readonly arm: Arm }> {
  const scenario = experiment.scenarios[cell.scenario];
  const arm = experiment.arms[cell.arm];
  if (scenario !== undefined && arm !== undefined) return ok({ scenario, arm });
  const what = scenario === undefined ? `scenario ${cell.scenario}` : `arm ${cell.arm}`;
  return fail([{ code: 'INTERNAL', severity: 'error', message: `experiment ${experiment.name} has no ${what}` }]);
}

/** The arm's features over the VM's own. */
function offered(vm: Vm, arm: Arm): VmFeatures {
  const { pvSpinlocks, queuedSpinlocks, pvTlbFlush, pvIpi, stealTime, pauseLoopExits, ecs } = arm.features;
  return {
    pvSpinlocks: pvSpinlocks ?? vm.features.pvSpinlocks,
    queuedSpinlocks: queuedSpinlocks ?? vm.features.queuedSpinlocks,
    pvTlbFlush: pvTlbFlush ?? vm.features.pvTlbFlush,
    pvIpi: pvIpi ?? vm.features.pvIpi,
    stealTime: stealTime ?? vm.features.stealTime,
    pauseLoopExits: pauseLoopExits ?? vm.features.pauseLoopExits,
    ecs: ecs ?? vm.features.ecs,
  };
}

/** What QEMU is told to leave out; -xsave: a 7.2 guest with -cpu host dies of a mismatch of sizes in TCG's XSAVE. */
function cpuModel(features: VmFeatures): string {
  const left: readonly (readonly [boolean, string])[] = [
    [features.pvSpinlocks, '-kvm-pv-unhalt'],
    [features.pvTlbFlush, '-kvm-pv-tlb-flush'],
    [features.pvIpi, '-kvm-pv-ipi'],
    [features.stealTime, '-kvm-steal-time'],
  ];
  return ['host', '-xsave', ...(features.ecs ? ['migratable=no'] : []), ...left.filter(([offered]) => !offered).map(([, flag]) => flag)].join(',');
}

/** Arguments of a guest's QEMU in the host. `padding`: turns of a loop in front of the load. */
export function guestArgv(vm: Vm, arm: Arm, padding: number, guestKernel: string): readonly string[] {
  const features = offered(vm, arm);
  const kernel = [
    // Level 5 keeps warnings and worse: a splat must not be hidden.
    'console=ttyS0', 'loglevel=5', 'panic=-1', 'reboot=t',
    ...(features.pvSpinlocks || !features.queuedSpinlocks ? [] : ['nopvspin']),
    ...vm.kernelParameters,
    ...arm.guestKernelParameters,
    // What follows goes to init.
    '--', String(padding), ...programArguments(vm.workload),
  ];
  return [
    'qemu-system-x86_64',
    '-L', '/share/qemu',
    '-name', `${vm.name},debug-threads=on`,
    '-machine', 'microvm,accel=kvm,pit=on,pic=on,rtc=on,isa-serial=on',
    '-cpu', cpuModel(features),
    '-smp', String(vm.vCpus),
    '-m', `${vm.memoryMib}M`,
    '-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none',
    '-kernel', guestKernel,
    '-initrd', '/l2/initramfs',
    '-serial', 'stdio',
    '-append', kernel.join(' '),
  ];
}

/** Parameters of each KVM module, from `module.name=value`. */
function moduleParameters(arm: Arm): string {
  // PAUSE exits of guests that boot only cost time; the conductor turns them on before the load.
  const all = ['kvm_amd.lab_pause_mode_at_start=2', ...arm.moduleParameters];
  return ['kvm', 'kvm_amd', 'kvm_intel']
    .map((module) => `${module}='${all.filter((p) => p.startsWith(`${module}.`)).map((p) => p.slice(module.length + 1)).join(' ')}'\n`)
    .join('');
}

export function renderPlan(experiment: Experiment, cell: Cell, guestKernel: string, clock: Clock, changed: Partial<PlanLimits> = {}): Result<CellPlan> {
  const parts = cellParts(experiment, cell);
  if (!parts.ok) return parts;
  const { scenario, arm } = parts.value;
  const { vms } = scenario;
  if (vms.every((vm) => vm.coRunner)) return fail([{ code: 'INTERNAL', severity: 'error', message: `scenario ${cell.scenario} of ${experiment.name} has only co-runners` }]);
  const limits = { ...planLimits(clock, scenario), ...changed };
  const { go, padding } = perturbation(cell.seed, vms.length);
  const guests = vms.flatMap((vm, i) => {
    return [
      `vm ${vm.name} ${vm.coRunner ? 'co-runner' : 'measured'} ${offered(vm, arm).pauseLoopExits ? 'pause-exits' : 'no-pause-exits'}`,
      ...[...onPCpus(clock, experiment.host.pCpus), ...guestArgv(vm, arm, padding[i]!, guestKernel)].map((arg) => `arg ${arg}`),
    ];
  });
  const plan = [
    `window ${limits.windowNs}`,
    `ready ${limits.readySeconds * 1e9}`,
    `load ${limits.loadSeconds * 1e9}`,
    ...guests,
    ...go.map(({ vm, afterNs }) => `go ${vms[vm]!.name} ${afterNs}`),
  ];
  return ok({
    conf: `switches='${arm.switches.join(' ')}'\n${moduleParameters(arm)}`,
    plan: `${plan.join('\n')}\n`,
    hostParameters: arm.kernelParameters,
  });
}
