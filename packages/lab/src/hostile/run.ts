// SPDX-License-Identifier: MIT
import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ok, type Result } from '@unspin/diagnostics';
import { compileProgram } from '../boot/compile.ts';
import { runHost, type HostClock, type HostFacts, type HostLimits, type HostOptions } from '../boot/host.ts';
import { writeInitramfs } from '../boot/initramfs.ts';
import { hostEntries, shellConf, type KernelDir } from '../boot/nest.ts';
import type { QemuRun } from '../boot/qemu.ts';
import { findTools } from '../boot/tools.ts';
import { judgeChecks, type BootResult } from '../console/result.ts';
import { judgeConsole } from '../console/verdict.ts';
import { hostileChecks, MODES, type HostilePlan } from './assertions.ts';
import { parseHostileConsole, type HostileConsole } from './parse.ts';

export interface HostileOptions extends HostOptions {
  /** Name of the tree, for the report. */
  readonly tree: string;
  /** What the kernel's policy says of extra schedules. */
  readonly ecs: Pick<HostilePlan, 'extraSchedules' | 'graceNs'>;
  /** Paths of KVM's own tests that the host runs. */
  readonly selftests: readonly string[];
  /** Length of a window in which two VMs share a pCPU. */
  readonly seconds?: number;
}

/** The kernel ran as host; its guests were VMs without an operating system. */
export interface HostileResult extends BootResult, Pick<HostileConsole, 'parameters' | 'shares'> {}

const SECONDS = 10;
/** The host's second; all else, helpers of the VMs included, is on the first. */
const CPU = 1;
/** Its sources in the guest folder. */
export const HOSTILE_PROGRAM = ['ecs-vm.c', 'vm.c', 'msr.c', 'share.c', 'guest.S'].map((name) => join('hostile', name));
/** In virtual time the host says every second that it waits; where the VM leaves for user space all the time, one takes a busy machine minutes. */
const LIMITS: HostLimits = {
  silenceMs: { virtual: 600_000, threads: 120_000, kvm: 60_000 },
  totalMs: { virtual: 7_200_000, threads: 900_000, kvm: 300_000 },
};

/** The host's image, with the VM's program. Returns its path. */
async function buildHostileImage(kernel: KernelDir, selftests: readonly string[], seconds: number, workDir: string): Promise<Result<string>> {
  const tools = findTools(['busybox', 'cpio', 'gzip', 'gcc', 'libc']);
  if (!tools.ok) return tools;
  const inHost = await hostEntries(kernel, tools.value.busybox, join('hostile', 'init.sh'));
  if (!inHost.ok) return inHost;
  await mkdir(workDir, { recursive: true });
  const program = await compileProgram(tools.value.gcc, HOSTILE_PROGRAM, join(workDir, 'ecs-vm'));
  if (!program.ok) return program;
  const image = join(workDir, 'host.cpio.gz');
  await writeInitramfs(
    [
      ...inHost.value,
      { kind: 'text', path: 'hostile.conf', text: shellConf({ seconds, cpu: CPU, modes: Object.keys(MODES).join(' ') }), mode: 0o644 },
      { kind: 'copy', path: 'bin/ecs-vm', from: program.value, mode: 0o755 },
      ...selftests.map((from) => ({ kind: 'copy', path: `selftests/${basename(from)}`, from, mode: 0o755 }) as const),
    ],
    image,
    tools.value,
  );
  return ok(image);
}

/** Judges a finished run. Pure, so that canned consoles can be judged too. */
export function judgeHostile(run: Pick<QemuRun, 'end' | 'lines' | 'seconds'>, facts: HostFacts & Pick<HostileResult, 'tree'>, plan: HostilePlan, clock: HostClock): HostileResult {
  const console = parseHostileConsole(run.lines);
  const verdict = judgeConsole(run.lines, run.end);
  const { kernel, labPatches, parameters, shares } = console;
  return { ...judgeChecks(verdict, hostileChecks(console, verdict, plan, clock)), parameters, shares, ...facts, kernel, labPatches, seconds: run.seconds };
}

/**
 * One host, and in it VMs that register eCS areas they should not, or claim critical sections for ever beside a VM that does not. Fails only
 * where the run cannot be made; a run that went wrong is a result.
 */
export async function runHostile(options: HostileOptions): Promise<Result<HostileResult>> {
  const { kernelDir, tree, workDir, ecs, selftests, seconds = SECONDS } = options;
  const image = await buildHostileImage(kernelDir, selftests, seconds, workDir);
  if (!image.ok) return image;
  const done = await runHost(options, image.value, LIMITS);
  await rm(image.value, { force: true });
  if (!done.ok) return done;
  const { run, facts, clock } = done.value;
  return ok(judgeHostile(run, { ...facts, tree }, { ...ecs, seconds }, clock), done.diagnostics);
}
