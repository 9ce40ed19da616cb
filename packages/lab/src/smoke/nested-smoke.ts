// SPDX-License-Identifier: MIT
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, type Result } from '@unspin/diagnostics';
import { chooseAccel, type AccelChoice } from '../boot/accel.ts';
import { buildNestImages, DEFAULT_LOAD, hostMachine, type KernelDir, type NestLoad } from '../boot/nest.ts';
import { qemuArgv, qemuVersion, runQemu, type QemuAccel, type QemuRun } from '../boot/qemu.ts';
import { findTools } from '../boot/tools.ts';
import { judgeConsole } from '../console/verdict.ts';
import { guestNeeds, smokeChecks, type SmokeMechanism } from './assertions.ts';
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
  /** Besides what the mechanisms need of it. */
  readonly load?: NestLoad;
  /** QEMU for the host; the guests' QEMU is always the system's. */
  readonly qemu?: string;
  /** Skips the probe. */
  readonly accel?: AccelChoice;
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Longest silence of a healthy host: unpacking its image under TCG on a busy machine; and in virtual time the five of its
 * seconds after which it says that it waits, each of which takes a busy machine half a minute.
 */
const SILENCE_MS = { virtual: 240_000, threads: 45_000, kvm: 45_000 } as const;
/** Besides the phases, which the host itself bounds by its own clock: its boot, and what it does between the phases. */
const OVERHEAD_MS = 90_000;
/** How much longer than the host's own clock says a run in virtual time may take. */
const VIRTUAL_FACTOR = 5;

/** Judges a finished run. Pure, so that canned consoles can be judged too. */
export function judgeSmoke(
  run: Pick<QemuRun, 'end' | 'lines' | 'seconds'>,
  facts: Pick<SmokeResult, 'accel' | 'clock' | 'qemuVersion' | 'tree' | 'console'>,
  mechanisms: readonly SmokeMechanism[],
  load: NestLoad = DEFAULT_LOAD,
): SmokeResult {
  const console = parseSmokeConsole(run.lines);
  const verdict = judgeConsole(run.lines, run.end);
  const checks = smokeChecks(console, verdict, mechanisms, load);
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
  const load = { ...(options.load ?? DEFAULT_LOAD), ...guestNeeds(mechanisms) };
  await mkdir(workDir, { recursive: true });

  const signal = options.signal === undefined ? {} : { signal: options.signal };
  const accel = options.accel === undefined ? await chooseAccel({ bzImage: kernelDir.bzImage, cacheDir: workDir, qemu, ...signal }) : ok(options.accel);
  if (!accel.ok) return accel;
  const image = await buildNestImages(kernelDir, load, workDir);
  if (!image.ok) return image;

  const console = join(workDir, 'console.log');
  const boot = (on: QemuAccel): Promise<Result<QemuRun>> =>
    runQemu(qemuArgv(hostMachine(on, kernelDir, image.value)), {
      binary: qemu,
      logFile: console,
      silenceMs: SILENCE_MS[on.kind === 'kvm' ? 'kvm' : on.clock],
      totalMs: OVERHEAD_MS + load.phases.length * load.deadlineSeconds * 1000 * (on.kind === 'tcg' && on.clock === 'virtual' ? VIRTUAL_FACTOR : 1),
      ...(options.onLine === undefined ? {} : { onLine: options.onLine }),
      ...signal,
    });
  const done = accel.value.kind === 'kvm' ? await onKvm(boot) : await onTcg(boot, options.onLine ?? (() => undefined));
  await rm(image.value, { force: true });
  if (!done.ok) return done;
  const { run, clock } = done.value;
  return ok(judgeSmoke(run, { accel: accel.value, clock, qemuVersion: await qemuVersion(qemu), tree, console }, mechanisms, load));
}

type Boot = (accel: QemuAccel) => Promise<Result<QemuRun>>;
type Booted = Result<{ readonly run: QemuRun; readonly clock: string }>;

async function onKvm(boot: Boot): Promise<Booted> {
  const run = await boot({ kind: 'kvm' });
  return run.ok ? ok({ run: run.value, clock: "the machine's own" }) : run;
}

/**
 * Virtual time first: there neither a busy machine nor the order of TCG's threads can lose a guest. Some kernels do not
 * bring up their second CPU in it (6.1 on QEMU 7.2); only a host that never came up is tried again on threads.
 */
async function onTcg(boot: Boot, onLine: (line: string) => void): Promise<Booted> {
  const first = await boot({ kind: 'tcg', clock: 'virtual' });
  if (!first.ok) return first;
  const stuck = first.value.end.kind === 'hang' || first.value.end.kind === 'timeout';
  if (!stuck || first.value.lines.some((line) => line.startsWith('unspin: host up'))) return ok({ run: first.value, clock: 'virtual: 1 ns an instruction' });
  onLine('unspin: the host did not come up in virtual time, trying threads');
  const second = await boot({ kind: 'tcg', clock: 'threads' });
  return second.ok ? ok({ run: second.value, clock: "the machine's own: the host did not come up in virtual time" }) : second;
}
