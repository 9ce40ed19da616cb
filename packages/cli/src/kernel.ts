// SPDX-License-Identifier: MIT
/** The steps from a tree's name to a nested boot; `unspin test` books each, `unspin lab` prints them. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildKernel, checkSeries, claim, hostQemu, mergeRequests, openWorkdir, parseFragment, policyRequests, readBase, readSeries, removeOfDead, runHostile, runNestedSmoke, seriesSelftests, SMOKE_MECHANISMS, type BuiltKernel, type Case, type ConfigRequest, type HostileOptions, type HostileResult, type LabHooks, type NestLoad, type SeriesBuild, type SeriesCheckRequest, type SeriesDir, type SmokeMechanism, type SmokeResult, type Workdir } from '@unspin/lab';
import { fail, hasErrors, ok, type Result } from '@unspin/diagnostics';
import type { Policy } from '@unspin/policy';
import { cacheDir, checkTree, fetchTree, findReferenceTree, type FetchedTree } from '@unspin/trees';
import { shownPath, type Context } from './context.ts';
import { contentOf, putInPlace } from './content-dir.ts';
import { labText, type Say } from './steps.ts';
import { runGen } from './commands/gen/index.ts';
import { checkWritable } from './commands/gen/write.ts';
import { loadPolicies } from './commands/gen/inputs.ts';
import { notFor } from './commands/gen/trees.ts';

/** Signs the lab's own copies, so that checkpatch can be asked as reviewers ask it. Never in patches/. */
const LAB_IDENTITY = 'unspin lab <lab@unspin.invalid>';
/** Fragments of the lab: the kernel that is booted, and what is added for series checks and for programs. */
export type ConfigName = 'base' | 'checks' | 'inet' | DebugKernel;
/** Kernels that look at themselves; slow. */
export const DEBUG_KERNELS = ['lockdep', 'kcsan'] as const;
export type DebugKernel = (typeof DEBUG_KERNELS)[number];

export interface Sources extends FetchedTree {
  /** The kernel's own version, e.g. "6.12.119". */
  readonly version: string;
  /** The version the recorded facts are from. */
  readonly recordedVersion: string;
}

export const labHooks = (context: Context, say: Say): LabHooks => ({ signal: context.signal, onProgress: (event) => say(labText(event)) });

/** Where everything is kept; UNSPIN_CACHE may name any place. */
export function writableCache(context: Context): Result<null> {
  const checked = checkWritable(cacheDir(), shownPath(context, cacheDir()));
  return checked.ok ? checked : fail(checked.diagnostics.map((d) => ({ ...d, help: 'make room, or make it a folder you can write to, or name another one in UNSPIN_CACHE' })));
}

/** Asked before any work: that a policy has no series for a tree must not be found out behind a download. */
export async function policyFor(context: Context, name: string, tree: string): Promise<Result<Policy>> {
  const known = findReferenceTree(tree);
  if (!known.ok) return known;
  const loaded = await loadPolicies(context, [name]);
  if (!loaded.ok) return loaded;
  const [first] = loaded.value;
  const strangers = await notFor(tree, loaded.value);
  return first === undefined || strangers.length > 0 ? fail(strangers) : ok(first.policy, loaded.diagnostics);
}

/** Sources from the archive, or those of an earlier run where the archive cannot be reached. */
export async function sourcesOf(context: Context, tree: string, say: Say): Promise<Result<FetchedTree>> {
  const cache = writableCache(context);
  if (!cache.ok) return cache;
  const online = await fetchTree({ tree, signal: context.signal, onProgress: ({ phase, message }) => say(`${phase}: ${message}`) });
  if (online.ok || context.signal.aborted) return online;
  const earlier = await fetchTree({ tree, offline: true });
  if (!earlier.ok) return online;
  return ok(earlier.value, online.diagnostics.map((d) => ({ ...d, severity: 'warning', message: `sources of an earlier run used: ${d.message}` })));
}

/** Holds the tree against its recorded facts: fails where patches made from them would not apply. */
export async function checkedSources(fetched: FetchedTree): Promise<Result<Sources>> {
  const report = await checkTree({ dir: fetched.dir, tree: fetched.tree });
  if (!report.ok || hasErrors(report.diagnostics)) return fail(report.diagnostics);
  const { version, recordedVersion } = report.value;
  return ok({ ...fetched, version, recordedVersion }, report.diagnostics);
}

/** Of a few megabytes each. */
const KEPT_LIVE = 12;

/**
 * The series of every policy for the tree and the lab's, made for exactly these sources. Returns their folder, which is named by what is in it: another
 * process may still read what it had made from other policies.
 */
export async function liveSeries(context: Context, sources: FetchedTree, neverCalled = false): Promise<Result<string>> {
  const home = join(cacheDir(), neverCalled ? 'series-never-called' : 'series');
  mkdirSync(home, { recursive: true });
  await removeOfDead(home, /^\.tmp-(\d+)-/);
  const fresh = mkdtempSync(join(home, `.tmp-${process.pid}-`));
  try {
    const { diagnostics } = await runGen(context, [], { tree: sources.dir, out: fresh, signOff: LAB_IDENTITY, neverCalled });
    if (hasErrors(diagnostics)) return fail(diagnostics);
    const name = `${sources.tree}-${contentOf(fresh)}`;
    const ours = await claim(home, name, KEPT_LIVE, { signal: context.signal });
    if (!ours.ok) return ours;
    putInPlace(fresh, join(home, name));
    return ok(join(home, name), diagnostics);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** That live facts give what is committed; only where the sources are the recorded ones. */
export async function committedSeries(context: Context, sources: Sources): Promise<Result<string>> {
  if (sources.version !== sources.recordedVersion) return ok(`not compared: patches/ are for ${sources.recordedVersion}, at hand is ${sources.version}`);
  const { diagnostics } = await runGen(context, [], { tree: sources.dir, check: true });
  return hasErrors(diagnostics) ? fail(diagnostics) : ok(`same as patches/ (${sources.version})`);
}

export const workdirOf = (sources: Sources, hooks: LabHooks): Promise<Result<Workdir>> => openWorkdir(sources, join(cacheDir(), 'lab'), hooks);

export function labConfig(name: ConfigName): Result<readonly ConfigRequest[]> {
  const shown = `packages/lab/configs/${name}.config`;
  return parseFragment(readFileSync(fileURLToPath(new URL(`../../lab/configs/${name}.config`, import.meta.url)), 'utf8'), shown);
}

/** Kconfig symbols a series adds. */
export const symbolsOf = (series: SeriesDir): string[] => symbolsIn(series.patches.map(({ text }) => text));

const symbolsIn = (texts: readonly string[]): string[] => [...new Set(texts.flatMap((text) => [...text.matchAll(/^\+config (\w+)$/gm)].map((m) => m[1] ?? '')))].sort();

/** The same by the part of the kernel: what guests have is in the architecture's Kconfig. */
export function partsOf(series: SeriesDir): Readonly<Record<string, readonly string[]>> {
  const files = series.patches.flatMap(({ text }) => text.split(/^(?=diff --git )/m));
  const ofGuests = (diff: string): boolean => diff.startsWith('diff --git a/arch/x86/Kconfig ');
  const parts = { 'the guest part': symbolsIn(files.filter(ofGuests)), 'the host part': symbolsIn(files.filter((diff) => !ofGuests(diff))) };
  return Object.fromEntries(Object.entries(parts).filter(([, symbols]) => symbols.length > 0));
}

export interface SeriesToCheck {
  readonly dir: string;
  readonly build: SeriesBuild;
  readonly headerUsers: boolean;
  readonly allOff: boolean;
  /** Whether it is also built for guests only, and for hosts only. */
  readonly eachPart: boolean;
}

export interface CheckedSeries {
  readonly cases: readonly Case[];
  readonly patches: SeriesDir['patches'];
}

async function checkRequest(workdir: Workdir, { dir, eachPart, ...how }: SeriesToCheck): Promise<Result<SeriesCheckRequest>> {
  const [base, checks] = [labConfig('base'), labConfig('checks')];
  if (!base.ok) return base;
  if (!checks.ok) return checks;
  const series = await readSeries(dir);
  return series.ok ? ok({ workdir, series: series.value, config: mergeRequests(base.value, checks.value), symbols: symbolsOf(series.value), ...(eachPart ? { parts: partsOf(series.value) } : {}), ...how }) : series;
}

/** What the unpatched tree says of all that these series touch, so that it is built once. */
export async function readUnpatched(context: Context, workdir: Workdir, all: readonly SeriesToCheck[], say: Say): Promise<void> {
  const requests = await Promise.all(all.map((series) => checkRequest(workdir, series)));
  await readBase(requests.flatMap((request) => (request.ok ? [request.value] : [])), labHooks(context, say));
}

/** What a series must satisfy: applies, builds, adds no warning, and checkpatch has nothing to say. */
export async function seriesCheck(context: Context, workdir: Workdir, series: SeriesToCheck, say: Say): Promise<Result<CheckedSeries>> {
  const request = await checkRequest(workdir, series);
  if (!request.ok) return request;
  const checked = await checkSeries(request.value, labHooks(context, say));
  return checked.ok ? ok({ cases: checked.value.cases, patches: request.value.series.patches }) : fail(checked.diagnostics);
}

export interface PatchedKernel {
  readonly kernel: BuiltKernel;
  /** No patches where the kernel is an unmodified one. */
  readonly policy: SeriesDir;
  readonly lab: SeriesDir;
}

export interface KernelWanted {
  /** Policy whose series it gets; left out: an unmodified kernel. */
  readonly policy?: string | undefined;
  /** Laid over the lab's configuration. */
  readonly config?: readonly ConfigRequest[];
}

/** One kernel with a policy's series and the lab's behind it, every mechanism built in and off. */
export async function buildPatched(workdir: Workdir, seriesRoot: string, wanted: KernelWanted, hooks: LabHooks): Promise<Result<PatchedKernel>> {
  const config = labConfig('base');
  if (!config.ok) return config;
  const series: Result<SeriesDir> = wanted.policy === undefined ? ok({ dir: '', patches: [] }) : await readSeries(join(seriesRoot, workdir.tree, wanted.policy));
  const lab = await readSeries(join(seriesRoot, 'lab', workdir.tree));
  if (!series.ok) return series;
  if (!lab.ok) return lab;
  const symbols = policyRequests([...symbolsOf(series.value), ...symbolsOf(lab.value)], 'y');
  const built = await buildKernel({ workdir, series: [series.value, lab.value], config: mergeRequests(config.value, symbols, wanted.config ?? []) }, hooks);
  return built.ok ? ok({ kernel: built.value, policy: series.value, lab: lab.value }, built.diagnostics) : built;
}

type HostBoot = Pick<HostileOptions, 'qemu' | 'kernelDir' | 'workDir' | 'signal' | 'onLine'>;

/** Boots the kernel as host, with its console in a folder of that kind of boot and tree. */
async function bootHost<T>(context: Context, kind: string, tree: string, { kernel }: PatchedKernel, say: Say, boot: (host: HostBoot) => Promise<Result<T>>): Promise<Result<T>> {
  const qemu = await hostQemu({ cacheDir: cacheDir(), signal: context.signal, onStep: say });
  if (!qemu.ok) return qemu;
  const workDir = join(cacheDir(), kind, tree);
  const run = await boot({ qemu: qemu.value.binary, kernelDir: { bzImage: kernel.bzImage, modules: kernel.dir }, workDir, signal: context.signal, onLine: say });
  return run.ok ? ok(run.value, [...qemu.diagnostics, ...run.diagnostics]) : run;
}

/** Boots the kernel as host and in it twice as guest. */
export async function smoke(context: Context, tree: string, policy: string, patched: PatchedKernel, say: Say, load?: NestLoad): Promise<Result<SmokeResult>> {
  const loaded = await loadPolicies(context, [policy]);
  if (!loaded.ok) return loaded;
  const mechanisms = (Object.keys(SMOKE_MECHANISMS) as SmokeMechanism[]).filter((m) => loaded.value[0]?.policy[m] !== undefined);
  return bootHost(context, 'smoke', tree, patched, say, (host) => runNestedSmoke({ ...host, tree, mechanisms, ...(load === undefined ? {} : { load }) }));
}

type EcsHost = NonNullable<Policy['ecs']>['host'];

/** What a policy says of extra schedules; fails where its hosts give none. */
export async function ecsHostOf(context: Context, name: string): Promise<Result<EcsHost>> {
  const loaded = await loadPolicies(context, [name]);
  if (!loaded.ok) return loaded;
  const policy = loaded.value[0]?.policy;
  if (policy?.ecs !== undefined && policy.targets.includes('kvm-host')) return ok(policy.ecs.host, loaded.diagnostics);
  const lacks = policy?.ecs === undefined ? 'has no eCS' : 'has eCS for guests only';
  return fail([{ code: 'USAGE', severity: 'error', message: `policy ${name} ${lacks}: its hosts have no MSR that a VM could lie to`, help: 'name one with ecs and the target kvm-host, e.g. --policy everything' }]);
}

/** Boots the kernel as host, with VMs that lie to it. */
export async function hostile(context: Context, workdir: Workdir, ecs: EcsHost, patched: PatchedKernel, say: Say): Promise<Result<HostileResult>> {
  const { tree } = workdir;
  const selftests = await seriesSelftests(workdir, patched.policy, join(cacheDir(), 'hostile', tree, 'selftests'), labHooks(context, say));
  if (!selftests.ok) return selftests;
  return bootHost(context, 'hostile', tree, patched, say, (host) => runHostile({ ...host, tree, ecs, selftests: selftests.value }));
}
