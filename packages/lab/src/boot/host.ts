// SPDX-License-Identifier: MIT
/** Boots a host under whatever this machine can run it with. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, type Result } from '@unspin/diagnostics';
import { chooseAccel, type AccelChoice } from './accel.ts';
import { hostMachine, type KernelDir } from './nest.ts';
import { qemuArgv, qemuVersion, runQemu, type QemuAccel, type QemuRun, type TcgClock } from './qemu.ts';
import { findTools } from './tools.ts';

export type HostClock = TcgClock | 'kvm';

/** How long a healthy host may take, by the machine's own clock, where it runs by that clock or another. */
export interface HostLimits {
  /** Longest silence. */
  readonly silenceMs: Readonly<Record<HostClock, number>>;
  readonly totalMs: Readonly<Record<HostClock, number>>;
}

export interface HostOptions {
  readonly kernelDir: KernelDir;
  /** Console and the accelerator's probe go here. */
  readonly workDir: string;
  /** QEMU for the host; that of nested guests is always the system's. */
  readonly qemu?: string;
  /** Skips the probe. */
  readonly accel?: AccelChoice;
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface HostRun {
  readonly run: QemuRun;
  readonly clock: HostClock;
  /** What a report says of the run, whatever came of it. */
  readonly facts: HostFacts;
}

export interface HostFacts {
  readonly accel: AccelChoice;
  /** Which clock the host ran by, and why. */
  readonly clock: string;
  readonly qemuVersion: string;
  /** Path of the host's console. */
  readonly console: string;
}

/** Boots `image` to its end. Fails only where the run cannot be made; a run that went wrong is a result. */
export async function runHost(options: HostOptions, image: string, limits: HostLimits): Promise<Result<HostRun>> {
  const { kernelDir, workDir } = options;
  const tools = findTools(['qemu'], options.qemu === undefined ? {} : { qemu: options.qemu });
  if (!tools.ok) return tools;
  const qemu = tools.value.qemu;
  await mkdir(workDir, { recursive: true });

  const signal = options.signal === undefined ? {} : { signal: options.signal };
  const accel = options.accel === undefined ? await chooseAccel({ bzImage: kernelDir.bzImage, cacheDir: workDir, qemu, ...signal }) : ok(options.accel);
  if (!accel.ok) return accel;

  const console = join(workDir, 'console.log');
  const boot = (on: QemuAccel): Promise<Result<QemuRun>> => {
    const clock = on.kind === 'kvm' ? 'kvm' : on.clock;
    return runQemu(qemuArgv(hostMachine(on, kernelDir, image)), {
      binary: qemu,
      logFile: console,
      silenceMs: limits.silenceMs[clock],
      totalMs: limits.totalMs[clock],
      ...(options.onLine === undefined ? {} : { onLine: options.onLine }),
      ...signal,
    });
  };
  const done = accel.value.kind === 'kvm' ? await onKvm(boot) : await onTcg(boot, options.onLine ?? (() => undefined));
  if (!done.ok) return done;
  const { run, clock, why } = done.value;
  return ok({ run, clock, facts: { accel: accel.value, clock: why, qemuVersion: await qemuVersion(qemu), console } }, done.diagnostics);
}

type Boot = (accel: QemuAccel) => Promise<Result<QemuRun>>;
type Booted = Result<{ readonly run: QemuRun; readonly clock: HostClock; readonly why: string }>;

async function onKvm(boot: Boot): Promise<Booted> {
  const run = await boot({ kind: 'kvm' });
  return run.ok ? ok({ run: run.value, clock: 'kvm', why: "the machine's own" }, run.diagnostics) : run;
}

/**
 * Virtual time first: there neither a busy machine nor the order of TCG's threads can lose a guest. Some kernels do not
 * bring up their second CPU in it (6.1 on QEMU 7.2); only a host that never came up is tried again on threads.
 */
async function onTcg(boot: Boot, onLine: (line: string) => void): Promise<Booted> {
  const first = await boot({ kind: 'tcg', clock: 'virtual' });
  if (!first.ok) return first;
  const stuck = first.value.end.kind === 'hang' || first.value.end.kind === 'timeout';
  if (!stuck || first.value.lines.some((line) => line.startsWith('unspin: host up'))) return ok({ run: first.value, clock: 'virtual', why: 'virtual: 1 ns an instruction' }, first.diagnostics);
  onLine('unspin: the host did not come up in virtual time, trying threads');
  const second = await boot({ kind: 'tcg', clock: 'threads' });
  return second.ok ? ok({ run: second.value, clock: 'threads', why: "the machine's own: the host did not come up in virtual time" }, second.diagnostics) : second;
}
