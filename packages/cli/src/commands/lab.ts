// SPDX-License-Identifier: MIT
import { ok, type Diagnostic, type Result } from '@unspin/diagnostics';
import { STRESS_LOAD, type BootResult } from '@unspin/lab';
import type { Context } from '../context.ts';
import type { Outcome } from '../output.ts';
import { makeSteps, type Say, type Steps } from '../steps.ts';
import { buildPatched, checkedSources, ecsHostOf, hostile, labConfig, labHooks, liveSeries, smoke, sourcesOf, workdirOf, type DebugKernel, type PatchedKernel, type Sources } from '../kernel.ts';
import { bootCases, bootProperties } from './test/trees.ts';

export interface LabOptions {
  readonly tree: string;
  readonly policy: string;
}

export interface StressOptions extends LabOptions {
  readonly debug?: DebugKernel;
}

interface Built {
  readonly sources: Sources;
  readonly patched: PatchedKernel;
}

export async function runLabBuild(context: Context, options: LabOptions): Promise<Outcome> {
  const built = await build(context, await makeSteps(context), options);
  if (!built.ok) return built;
  const { kernel } = built.value.patched;
  return { diagnostics: built.diagnostics, data: { kernel }, text: `${kernel.cached ? 'built before' : 'built'}: ${kernel.dir}\n` };
}

export const runLabSmoke = (context: Context, options: LabOptions): Promise<Outcome> =>
  runBoot(context, options, 'nested boot', (patched, say) => smoke(context, options.tree, options.policy, patched, say));

/** Guests whose vCPUs come and go and which start over, on a kernel that looks at itself if wanted. */
export const runLabStress = (context: Context, { debug, ...options }: StressOptions): Promise<Outcome> =>
  runBoot(context, options, 'nested boot under stress', (patched, say) => smoke(context, options.tree, options.policy, patched, say, STRESS_LOAD), debug);

/** Asks the policy first: what it lacks must not be found out behind an hour of building. */
export async function runLabHostile(context: Context, options: LabOptions): Promise<Outcome> {
  const ecs = await ecsHostOf(context, options.policy);
  if (!ecs.ok) return ecs;
  return runBoot(context, options, 'hostile VMs', (patched, say) => hostile(context, options.tree, ecs.value, patched, say));
}

type Boot = (patched: PatchedKernel, say: Say) => Promise<Result<BootResult>>;

/** Builds the kernel, boots it, and says what came of it. */
async function runBoot(context: Context, options: LabOptions, title: string, boot: Boot, debug?: DebugKernel): Promise<Outcome> {
  const steps = await makeSteps(context);
  const built = await build(context, steps, options, debug);
  if (!built.ok) return built;
  const { sources, patched } = built.value;
  const result = await steps.run(`${options.tree}: ${title}`, (say) => boot(patched, say));
  if (!result.ok) return result;
  const properties = bootProperties(sources.version, patched, result.value);
  const lines = [
    ...Object.entries(properties).map(([key, value]) => `${key}: ${value}`),
    ...bootCases(result.value).map((c) => `${c.outcome.kind === 'ok' ? 'ok  ' : 'FAIL'} ${c.name}${c.detail === '' ? '' : `: ${c.detail}`}`),
  ];
  const { verdict, console } = result.value;
  const failed: Diagnostic[] = verdict === 'pass' ? [] : [{ code: verdict === 'interrupted' ? 'INTERRUPTED' : 'LAB_VERDICT', severity: 'error', message: `${options.tree}: verdict ${verdict}`, help: `the console is in ${console}` }];
  return { diagnostics: [...built.diagnostics, ...result.diagnostics, ...failed], data: { result: result.value, properties }, text: `${lines.join('\n')}\n` };
}

async function build(context: Context, steps: Steps, { tree, policy }: LabOptions, debug?: DebugKernel): Promise<Result<Built>> {
  const config = debug === undefined ? ok([]) : labConfig(debug);
  if (!config.ok) return config;
  return steps.run(`${tree}: kernel with ${policy} and the lab's host patches`, async (say) => {
    const fetched = await sourcesOf(context, tree, say);
    if (!fetched.ok) return fetched;
    const sources = await checkedSources(fetched.value);
    if (!sources.ok) return sources;
    const series = await liveSeries(context, sources.value);
    if (!series.ok) return series;
    const workdir = await workdirOf(sources.value, labHooks(context, say));
    if (!workdir.ok) return workdir;
    const patched = await buildPatched(workdir.value, series.value, { policy, config: config.value }, labHooks(context, say));
    return patched.ok ? ok({ sources: sources.value, patched: patched.value }, patched.diagnostics) : patched;
  });
}
