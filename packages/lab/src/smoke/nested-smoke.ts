// SPDX-License-Identifier: MIT
import { rm } from 'node:fs/promises';
import { ok, type Result } from '@unspin/diagnostics';
import { runHost, type HostFacts, type HostLimits, type HostOptions } from '../boot/host.ts';
import { buildNestImages, DEFAULT_LOAD, type NestLoad } from '../boot/nest.ts';
import type { QemuRun } from '../boot/qemu.ts';
import { judgeChecks } from '../console/result.ts';
import { judgeConsole } from '../console/verdict.ts';
import { guestNeeds, smokeChecks, type SmokeMechanism } from './assertions.ts';
import { parseSmokeConsole } from './parse.ts';
import type { SmokeResult } from './result.ts';

export interface NestedSmokeOptions extends HostOptions {
  /** Name of the tree, for the report. */
  readonly tree: string;
  /** Host mechanisms of the kernel's policy. */
  readonly mechanisms: readonly SmokeMechanism[];
  /** Besides what the mechanisms need of it. */
  readonly load?: NestLoad;
}

/**
 * Longest silence of a healthy host: unpacking its image under TCG on a busy machine; and in virtual time the five of its
 * seconds after which it says that it waits, each of which takes a busy machine half a minute.
 */
const SILENCE_MS = { virtual: 480_000, threads: 45_000, kvm: 45_000 } as const;
/** Besides the phases, which the host itself bounds by its own clock: its boot, and what it does between the phases. */
const OVERHEAD_MS = 90_000;
/** How much longer than the host's own clock says a run in virtual time may take. */
const VIRTUAL_FACTOR = 5;

function limitsOf(load: NestLoad): HostLimits {
  const phasesMs = load.phases.length * load.deadlineSeconds * 1000;
  return { silenceMs: SILENCE_MS, totalMs: { virtual: OVERHEAD_MS + phasesMs * VIRTUAL_FACTOR, threads: OVERHEAD_MS + phasesMs, kvm: OVERHEAD_MS + phasesMs } };
}

/** Judges a finished run. Pure, so that canned consoles can be judged too. */
export function judgeSmoke(
  run: Pick<QemuRun, 'end' | 'lines' | 'seconds'>,
  facts: HostFacts & Pick<SmokeResult, 'tree'>,
  mechanisms: readonly SmokeMechanism[],
  load: NestLoad = DEFAULT_LOAD,
): SmokeResult {
  const console = parseSmokeConsole(run.lines);
  const verdict = judgeConsole(run.lines, run.end);
  const { kernel, labPatches, counters } = console;
  return { ...judgeChecks(verdict, smokeChecks(console, verdict, mechanisms, load)), counters, ...facts, kernel, labPatches, seconds: run.seconds };
}

/**
 * One host with two nested guests of two CPUs each on its two CPUs, under lock and TLB-shootdown load, first with
 * the host's mechanisms off, then on. Fails only where the run cannot be made; a run that went wrong is a result.
 */
export async function runNestedSmoke(options: NestedSmokeOptions): Promise<Result<SmokeResult>> {
  const { kernelDir, tree, workDir, mechanisms } = options;
  const load = { ...(options.load ?? DEFAULT_LOAD), ...guestNeeds(mechanisms) };
  const image = await buildNestImages(kernelDir, load, workDir);
  if (!image.ok) return image;
  const done = await runHost(options, image.value, limitsOf(load));
  await rm(image.value, { force: true });
  if (!done.ok) return done;
  const { run, facts } = done.value;
  return ok(judgeSmoke(run, { ...facts, tree }, mechanisms, load), done.diagnostics);
}
