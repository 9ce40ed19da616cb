// SPDX-License-Identifier: MIT
/** All that must be there before the first cell of an experiment can boot. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildExperimentImages, chooseAccel, configOfPrograms, findTools, hostQemu, parseFragment, qemuVersion, type AccelChoice, type ExperimentImages, type HostQemu } from '@unspin/lab';
import { fail, ok, type Diagnostic, type Result } from '@unspin/diagnostics';
import type { Experiment, Program, TreeProvenance } from '@unspin/experiment';
import { cacheDir } from '@unspin/trees';
import type { Context } from '../../context.ts';
import { buildPatched, checkedSources, labConfig, labHooks, liveSeries, policyFor, sourcesOf, workdirOf, type PatchedKernel } from '../../kernel.ts';
import { mergeDiagnostics } from '../../output.ts';
import type { Say } from '../../steps.ts';

/** A tree that is ready to boot cells. */
export interface ReadyTree {
  readonly kernel: PatchedKernel['kernel'];
  readonly images: ExperimentImages;
  readonly accel: AccelChoice;
  readonly provenance: TreeProvenance;
}

/** KVM treats warnings as errors, and functions that nothing calls give one. */
const NEVER_CALLED_CONFIG = 'CONFIG_KVM_WERROR=n\n';

export const machineQemu = (context: Context, say: Say): Promise<Result<HostQemu>> => hostQemu({ cacheDir: cacheDir(), signal: context.signal, onStep: say });

export const programsOf = (experiment: Experiment): Program[] => [...new Set(Object.values(experiment.scenarios).flatMap((scenario) => scenario.vms.map((vm) => vm.workload.program)))].sort();

/** That the experiment's policy has a series for each of its trees; all errors at once. */
export async function checkTrees(context: Context, { policy, trees }: Experiment): Promise<Result<null>> {
  if (policy === undefined) return ok(null);
  const wrong = mergeDiagnostics((await Promise.all(trees.map((tree) => policyFor(context, policy, tree)))).flatMap((asked) => (asked.ok ? [] : asked.diagnostics)));
  return wrong.length > 0 ? fail(wrong) : ok(null);
}

/** Sources, kernel and images of one tree of an experiment. */
export async function prepareTree(context: Context, tree: string, experiment: Experiment, qemu: HostQemu, say: Say): Promise<Result<ReadyTree>> {
  const hooks = labHooks(context, say);
  const fetched = await sourcesOf(context, tree, say);
  if (!fetched.ok) return fetched;
  const sources = await checkedSources(fetched.value);
  if (!sources.ok) return sources;
  const series = await liveSeries(context, sources.value, experiment.neverCalled);
  if (!series.ok) return series;
  const workdir = await workdirOf(sources.value, hooks);
  if (!workdir.ok) return workdir;
  const programs = configOfPrograms(programsOf(experiment)).map(labConfig);
  const config = [...programs, experiment.neverCalled ? parseFragment(NEVER_CALLED_CONFIG, 'negative control') : ok([])];
  const wrong = config.find((c) => !c.ok);
  if (wrong !== undefined && !wrong.ok) return wrong;
  const built = await buildPatched(workdir.value, series.value, { policy: experiment.policy, config: config.flatMap((c) => (c.ok ? c.value : [])) }, hooks);
  if (!built.ok) return built;
  const { kernel, policy, lab } = built.value;

  say(`${tree}: images`);
  const kernelDir = { bzImage: kernel.bzImage, modules: kernel.dir };
  const images = await buildExperimentImages({ kernel: kernelDir, programs: programsOf(experiment), cacheDir: join(cacheDir(), 'experiments', 'images') });
  if (!images.ok) return images;
  const accel = await accelFor(context, experiment, kernel.bzImage, qemu);
  if (!accel.ok) return accel;
  const guestQemu = findTools(['qemu']);
  const provenance: TreeProvenance = {
    tree,
    version: sources.value.version,
    patches: policy.patches.map(({ name, sha256 }) => ({ name, sha256 })),
    labPatches: lab.patches.map(({ name, sha256 }) => ({ name, sha256 })),
    configSha256: kernel.configHash,
    kernelSha256: createHash('sha256').update(await readFile(kernel.bzImage)).digest('hex'),
    gcc: kernel.gcc,
    qemu: qemu.version,
    guestQemu: guestQemu.ok ? await qemuVersion(guestQemu.value.qemu) : '',
    imagesSha256: images.value.sha256,
    guestPrograms: images.value.programs,
    accel: accel.value.kind,
    accelReason: accel.value.reason,
  };
  const warnings: readonly Diagnostic[] = [...fetched.diagnostics, ...sources.diagnostics, ...built.diagnostics];
  return ok({ kernel, images: images.value, accel: accel.value, provenance }, warnings);
}

/** TCG's clocks need no probe: they are what was asked for. KVM is only taken where a boot shows that it works. */
async function accelFor(context: Context, { clock }: Experiment, bzImage: string, qemu: HostQemu): Promise<Result<AccelChoice>> {
  if (clock !== 'kvm') return ok({ kind: 'tcg', reason: clock === 'virtual' ? 'virtual time is counted in TCG' : 'asked for' });
  const chosen = await chooseAccel({ bzImage, cacheDir: join(cacheDir(), 'experiments'), qemu: qemu.binary, signal: context.signal });
  if (!chosen.ok || chosen.value.kind === 'kvm') return chosen;
  return fail([{ code: 'LAB_QEMU', severity: 'error', message: `the clock "kvm" needs hardware virtualisation: ${chosen.value.reason}`, help: 'use --clock virtual or --clock threads' }]);
}
