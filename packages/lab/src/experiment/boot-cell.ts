// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { appendFile, copyFile, mkdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, ok, type Result } from '@unspin/diagnostics';
import { cellId, type Cell, type CellOutcome, type CellResult, type Clock, type Experiment, type Scenario } from '@unspin/experiment';
import { freshConsole } from '../boot/console.ts';
import type { KernelDir } from '../boot/nest.ts';
import { qemuArgv, runQemu, type QemuAccel, type QemuMachine, type QemuRun } from '../boot/qemu.ts';
import { judgeConsole } from '../console/verdict.ts';
import { diskFull, hasRoom, isDiskFull } from '../free-space.ts';
import { cpioArchive } from './cpio.ts';
import { bootableKernel, type ExperimentImages } from './images.ts';
import { parseCellConsole } from './parse.ts';
import { cellParts, renderPlan, type PlanLimits } from './plan.ts';
import { spareCpus } from './spare-cpu.ts';

/** QEMU for the host. */
export interface CellQemu {
  readonly binary: string;
  /** Put first: where it finds its firmware, say. */
  readonly extraArgs?: readonly string[];
}

export interface BootCellRequest {
  readonly kernel: KernelDir;
  readonly experiment: Experiment;
  readonly cell: Cell;
  readonly images: ExperimentImages;
  readonly qemu: CellQemu;
  readonly clock: Clock;
  /** The cell's own: initramfs, and the console, which stays in `console.log`. */
  readonly workDir: string;
  readonly limits?: Partial<PlanLimits>;
  readonly signal?: AbortSignal;
  readonly onLine?: (line: string) => void;
}

export interface BootedCell {
  readonly result: CellResult;
  /** Wall time of the boot. */
  readonly seconds: number;
  /** QEMU was killed by another hand than ours: the result says nothing of the cell. */
  readonly outside?: true;
}

/**
 * Longest silence and longest run, by the machine's clock: in virtual time a second of four busy vCPUs takes tens of
 * seconds, and the machine has other work too. The host's own limits, by its own clock, come first where it still runs.
 */
const WALL_MS = {
  virtual: { silence: 900_000, total: 3_600_000 },
  threads: { silence: 120_000, total: 600_000 },
  kvm: { silence: 60_000, total: 300_000 },
} as const satisfies Record<Clock, { silence: number; total: number }>;

/**
 * Kernel parameters of a host under TCG. On a busy machine the kernel's check takes delays of TCG's threads for a TSC out
 * of step, and turns to the slow HPET. The other two spare it waits that take TCG six seconds: whether the timer works,
 * and how fast the local APIC's runs (lab patch; ticks per jiffy at 1 GHz and HZ=250).
 */
const TCG_PARAMETERS = ['tsc=reliable', 'no_timer_check', 'lab_lapic_timer_period=4000000'];

/** A fraction of what critical sections and looks at graces last; the report's notes on virtual time name it. */
const TURNS_US = 10;

const accelOf = (clock: Clock): QemuAccel => (clock === 'kvm' ? { kind: 'kvm' } : { kind: 'tcg', clock });

/** The machine that is the host of a cell. */
export function cellMachine(request: Pick<BootCellRequest, 'experiment' | 'qemu' | 'clock'>, kernel: string, initrd: string, consoleFile: string, parameters: readonly string[]): QemuMachine {
  const { experiment, qemu, clock } = request;
  return {
    accel: accelOf(clock),
    // RDRAND and RDSEED would bring the machine's entropy into virtual time.
    cpu: clock === 'kvm' ? 'host' : 'EPYC,+svm,-rdrand,-rdseed',
    smp: experiment.host.pCpus + spareCpus(clock),
    turnsUs: TURNS_US,
    memoryMb: experiment.host.memoryMib,
    kernel,
    initrd,
    append: ['loglevel=5', ...(clock === 'kvm' ? [] : TCG_PARAMETERS), ...parameters],
    consoleFile,
    ...(qemu.extraArgs === undefined ? {} : { extraArgs: qemu.extraArgs }),
  };
}

/** Judges a finished run. Pure, so that canned consoles can be judged too. */
export function judgeCell(run: Pick<QemuRun, 'end' | 'lines' | 'stderr'>, scenario: Scenario): CellOutcome {
  const verdict = judgeConsole(run.lines, run.end);
  if (verdict.kind !== 'pass') {
    const said = run.lines.length === 0 ? run.stderr.trim().split('\n').at(-1) : undefined;
    return { kind: 'failed', verdict: verdict.kind, evidence: said === undefined || said === '' ? verdict.evidence : `${verdict.evidence}: ${said}` };
  }
  const parsed = parseCellConsole(run.lines, scenario);
  return parsed.ok ? { kind: 'done', measurements: parsed.measurements } : { kind: 'failed', verdict: 'fail', evidence: parsed.why };
}

const consoleHash = async (file: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(file).catch(() => Buffer.alloc(0)))
    .digest('hex');

/**
 * Boots one cell and reads what it gave. Fails only where the boot cannot be made; a boot that went wrong is a result, unless the disk was
 * full: QEMU says nothing of a console it could not write.
 */
export async function bootCell(request: BootCellRequest): Promise<Result<BootedCell>> {
  const { experiment, cell, images, qemu, clock, workDir } = request;
  const parts = cellParts(experiment, cell);
  if (!parts.ok) return parts;
  const plan = renderPlan(experiment, cell, images.guestKernel, clock, request.limits);
  if (!plan.ok) return plan;
  const initrd = join(workDir, 'initramfs');
  const consoleFile = join(workDir, 'console.log');
  try {
    await mkdir(workDir, { recursive: true });
    await copyFile(images.host, initrd);
    const archive = cpioArchive([{ path: 'cell.conf', text: plan.value.conf }, { path: 'cell.plan', text: plan.value.plan }]);
    // The kernel looks for the next archive at a multiple of four.
    await appendFile(initrd, Buffer.concat([Buffer.alloc((4 - ((await stat(initrd)).size % 4)) % 4), archive]));
    await freshConsole(consoleFile);
    const run = await runQemu(qemuArgv(cellMachine(request, await bootableKernel(request.kernel), initrd, consoleFile, plan.value.hostParameters)), {
      binary: qemu.binary,
      consoleFile,
      silenceMs: WALL_MS[clock].silence,
      totalMs: WALL_MS[clock].total,
      ...(request.onLine === undefined ? {} : { onLine: request.onLine }),
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    });
    if (!run.ok) return run;
    const outcome = judgeCell(run.value, parts.value.scenario);
    // Before anything here is removed, which would make room.
    if (outcome.kind === 'failed' && outcome.verdict !== 'interrupted' && !hasRoom(workDir)) return fail([diskFull(`${cellId(cell)} ended with ${outcome.verdict}, and is not kept`)]);
    const outside = run.value.end.kind === 'killed' && outcome.kind === 'failed' && outcome.verdict === 'lost-vm';
    return ok({ result: { cell, outcome, consoleSha256: await consoleHash(consoleFile) }, seconds: run.value.seconds, ...(outside ? { outside } : {}) });
  } catch (error) {
    if (isDiskFull(error)) return fail([diskFull(`${cellId(cell)} cannot be booted in ${workDir}`)]);
    throw error;
  } finally {
    await rm(initrd, { force: true });
  }
}
