// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { ok, type Diagnostic, type Result } from '@unspin/diagnostics';
import { STRESS_LOAD, totals, type BootResult, type Workdir } from '@unspin/lab';
import type { Context } from '../context.ts';
import type { Outcome } from '../output.ts';
import { makeSteps, type Say, type Steps } from '../steps.ts';
import { buildPatched, checkedSources, ecsHostOf, hostile, labConfig, labHooks, liveSeries, policyFor, seriesCheck, smoke, sourcesOf, workdirOf, type DebugKernel, type PatchedKernel, type Sources } from '../kernel.ts';
import { bootCases, bootProperties } from './test/trees.ts';
import { caseLine } from './test/cases.ts';

export interface LabOptions {
  readonly tree: string;
  readonly policy: string;
}

export interface StressOptions extends LabOptions {
  readonly debug?: DebugKernel;
}

export interface SeriesCheckOptions extends LabOptions {
  readonly everyPatch?: boolean;
}

interface Ready {
  readonly sources: Sources;
  /** Folder of the series made for them. */
  readonly series: string;
  readonly workdir: Workdir;
}

interface Built {
  readonly sources: Sources;
  readonly workdir: Workdir;
  readonly patched: PatchedKernel;
}

/** One series as reviewers will look at it; no kernel is linked or booted. */
export async function runLabCheck(context: Context, { tree, policy, everyPatch = false }: SeriesCheckOptions): Promise<Outcome> {
  const asked = await policyFor(context, policy, tree);
  if (!asked.ok) return asked;
  const steps = await makeSteps(context);
  const checked = await steps.run(`${tree}: series ${policy}`, async (say) => {
    const at = await ready(context, tree, say);
    if (!at.ok) return at;
    return seriesCheck(context, at.value.workdir, { dir: join(at.value.series, tree, policy), build: 'every patch', headerUsers: everyPatch, allOff: true, eachPart: true }, say);
  });
  if (!checked.ok) return checked;
  const { cases } = checked.value;
  const counts = totals(cases);
  const failed: Diagnostic[] = counts.failed === 0 ? [] : [{ code: 'TEST_FAILED', severity: 'error', message: `${tree}: ${counts.failed} of ${cases.length} failed` }];
  const lines = cases.map((c) => caseLine(`${tree} series ${policy}`, c));
  return { diagnostics: [...checked.diagnostics, ...failed], data: { cases }, text: `${lines.join('')}${counts.ok} passed, ${counts.failed} failed, ${counts.skipped} skipped\n` };
}

export async function runLabBuild(context: Context, options: LabOptions): Promise<Outcome> {
  const built = await build(context, await makeSteps(context), options);
  if (!built.ok) return built;
  const { kernel } = built.value.patched;
  return { diagnostics: built.diagnostics, data: { kernel }, text: `${kernel.cached ? 'built before' : 'built'}: ${kernel.dir}\n` };
}

export const runLabSmoke = (context: Context, options: LabOptions): Promise<Outcome> =>
  runBoot(context, options, 'nested boot', ({ patched }, say) => smoke(context, options.tree, options.policy, patched, say));

/** Guests whose vCPUs come and go and which start over, on a kernel that looks at itself if wanted. */
export const runLabStress = (context: Context, { debug, ...options }: StressOptions): Promise<Outcome> =>
  runBoot(context, options, 'nested boot under stress', ({ patched }, say) => smoke(context, options.tree, options.policy, patched, say, STRESS_LOAD), debug);

/** Asks the policy first: what it lacks must not be found out behind an hour of building. */
export async function runLabHostile(context: Context, options: LabOptions): Promise<Outcome> {
  const ecs = await ecsHostOf(context, options.policy);
  if (!ecs.ok) return ecs;
  return runBoot(context, options, 'hostile VMs', ({ patched, workdir }, say) => hostile(context, workdir, ecs.value, patched, say));
}

type Boot = (built: Built, say: Say) => Promise<Result<BootResult>>;

/** Builds the kernel, boots it, and says what came of it. */
async function runBoot(context: Context, options: LabOptions, title: string, boot: Boot, debug?: DebugKernel): Promise<Outcome> {
  const steps = await makeSteps(context);
  const built = await build(context, steps, options, debug);
  if (!built.ok) return built;
  const { sources, patched } = built.value;
  const result = await steps.run(`${options.tree}: ${title}`, (say) => boot(built.value, say));
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
  const asked = await policyFor(context, policy, tree);
  if (!asked.ok) return asked;
  return steps.run(`${tree}: kernel with ${policy} and the lab's host patches`, async (say) => {
    const at = await ready(context, tree, say);
    if (!at.ok) return at;
    const { sources, series, workdir } = at.value;
    const patched = await buildPatched(workdir, series, { policy, config: config.value }, labHooks(context, say));
    return patched.ok ? ok({ sources, workdir, patched: patched.value }, patched.diagnostics) : patched;
  });
}

async function ready(context: Context, tree: string, say: Say): Promise<Result<Ready>> {
  const fetched = await sourcesOf(context, tree, say);
  if (!fetched.ok) return fetched;
  const sources = await checkedSources(fetched.value);
  if (!sources.ok) return sources;
  const series = await liveSeries(context, sources.value);
  if (!series.ok) return series;
  const workdir = await workdirOf(sources.value, labHooks(context, say));
  return workdir.ok ? ok({ sources: sources.value, series: series.value, workdir: workdir.value }) : workdir;
}
