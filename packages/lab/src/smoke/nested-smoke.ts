// SPDX-License-Identifier: MIT
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, type Result } from '@unspin/diagnostics';
import { chooseAccel, type AccelChoice } from '../boot/accel.ts';
import { buildNestImages, DEFAULT_LOAD, hostMachine, type KernelDir, type NestLoad } from '../boot/nest.ts';
import { qemuArgv, qemuVersion, runQemu, type QemuRun } from '../boot/qemu.ts';
import { findTools } from '../boot/tools.ts';
import { judgeConsole } from '../console/verdict.ts';
import { smokeChecks, type SmokeMechanism } from './assertions.ts';
import { parseSmokeConsole } from './parse.ts';
import type { SmokeResult } from './result.ts';

export interface NestedSmokeOptions {
  readonly kernelDir: KernelDir;
  /** Name of the tree, for the report. */
  readonly tree: string;
  /** Images, console and the accelerator's probe go here. */
  readonly workDir: string;
  /** Host mechanisms of the kernel's policy. */
  readonly mechanisms: readonly SmokeMechanism[];
  readonly load?: Partial<NestLoad>;
  /** QEMU for the host; the guests' QEMU is always the system's. */
  readonly qemu?: string;
  /** Skips the probe. */
  readonly accel?: AccelChoice;
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** Longest silence of a healthy host: unpacking its image under TCG on a busy machine. */
const SILENCE_MS = 45_000;
/** Besides the phases, which the host itself bounds: its boot, and what it does between the phases. */
const OVERHEAD_MS = 90_000;

/** Judges a finished run. Pure, so that canned consoles can be judged too. */
export function judgeSmoke(
  run: Pick<QemuRun, 'end' | 'lines' | 'seconds'>,
  facts: Pick<SmokeResult, 'accel' | 'qemuVersion' | 'tree' | 'console'>,
  mechanisms: readonly SmokeMechanism[],
): SmokeResult {
  const console = parseSmokeConsole(run.lines);
  const verdict = judgeConsole(run.lines, run.end);
  const checks = smokeChecks(console, verdict, mechanisms);
  const broken = checks.find((check) => !check.ok);
  return {
    // The host's init cannot know what its policy promises: its pass is only as good as the checks.
    ...(verdict.kind === 'pass' && broken !== undefined ? { verdict: 'fail', evidence: `${broken.name}: ${broken.detail}` } : { verdict: verdict.kind, evidence: verdict.evidence }),
    checks,
    counters: console.counters,
    ...facts,
    kernel: console.kernel,
    labPatches: console.labPatches,
    seconds: run.seconds,
  };
}

/**
 * One host with two nested guests of two CPUs each on its two CPUs, under lock and TLB-shootdown load, first with
 * the host's mechanisms off, then on. Fails only where the run cannot be made; a run that went wrong is a result.
 */
export async function runNestedSmoke(options: NestedSmokeOptions): Promise<Result<SmokeResult>> {
  const { kernelDir, tree, workDir, mechanisms } = options;
  const tools = findTools(['qemu'], options.qemu === undefined ? {} : { qemu: options.qemu });
  if (!tools.ok) return tools;
  const qemu = tools.value.qemu;
  const load = { ...DEFAULT_LOAD, ...options.load };
  await mkdir(workDir, { recursive: true });

  const signal = options.signal === undefined ? {} : { signal: options.signal };
  const accel = options.accel === undefined ? await chooseAccel({ bzImage: kernelDir.bzImage, cacheDir: workDir, qemu, ...signal }) : ok(options.accel);
  if (!accel.ok) return accel;
  const image = await buildNestImages(kernelDir, load, workDir);
  if (!image.ok) return image;

  const console = join(workDir, 'console.log');
  const machine = hostMachine(accel.value.kind === 'kvm' ? { kind: 'kvm' } : { kind: 'tcg', thread: 'multi' }, kernelDir, image.value);
  const run = await runQemu(qemuArgv(machine), {
    binary: qemu,
    logFile: console,
    silenceMs: SILENCE_MS,
    totalMs: OVERHEAD_MS + load.phases.length * load.deadlineSeconds * 1000,
    ...(options.onLine === undefined ? {} : { onLine: options.onLine }),
    ...signal,
  });
  await rm(image.value, { force: true });
  if (!run.ok) return run;
  return ok(judgeSmoke(run.value, { accel: accel.value, qemuVersion: await qemuVersion(qemu), tree, console }, mechanisms));
}
