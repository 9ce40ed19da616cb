// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { hostQemu, provenanceProperties, type BootResult, type Case, type SeriesBuild, type Workdir } from '@unspin/lab';
import type { Policy } from '@unspin/policy';
import { cacheDir } from '@unspin/trees';
import type { Context } from '../../context.ts';
import type { Say } from '../../steps.ts';
import { book, failedCase, okCase, skippedCase, type Results } from './cases.ts';
import { loadPolicies } from '../gen/inputs.ts';
import type { TestOptions } from './options.ts';
import { buildPatched, checkedSources, committedSeries, labHooks, liveSeries, readUnpatched, seriesCheck, smoke, sourcesOf, workdirOf, type PatchedKernel, type SeriesToCheck, type Sources } from '../../kernel.ts';

/** The policy whose kernel is booted: the one with every mechanism, to switch on and off. */
export const SMOKE_POLICY = 'everything';

/** Series whose patches another one has too, or differs from by a few lines each. The booted kernel is built in any case, with all on. */
const BUILT_OTHERWISE: Readonly<Record<string, SeriesBuild>> = { [SMOKE_POLICY]: 'nothing', 'ecs-preempt-count': 'whole' };

export interface ReadyTree {
  readonly sources: Sources;
  readonly series: string;
  readonly workdir: Workdir;
}

/** Sources and series of the trees, one after the other: each is awaited by who builds it while the next is fetched. */
export function prepareTrees(context: Context, results: Results, trees: readonly string[], withSmoke: boolean, within: (tree: string) => Say): readonly Promise<ReadyTree | undefined>[] {
  const inTurn: Promise<ReadyTree | undefined>[] = [];
  for (const tree of trees) {
    const earlier = inTurn.at(-1);
    inTurn.push(
      (async () => {
        const before = await earlier;
        // Boots ask for it again, two of them at a time, and say what came of it.
        if (withSmoke && before !== undefined) await hostQemu({ cacheDir: cacheDir(), signal: context.signal, onStep: within(before.sources.tree) });
        return context.signal.aborted ? undefined : prepare(context, results, tree, within(tree));
      })(),
    );
  }
  return inTurn;
}

/** Every series of a tree, then its kernel, then the nested boot. */
export async function treeTests(context: Context, results: Results, at: ReadyTree, { smoke: withSmoke, everyPatch = false }: TestOptions, say: Say): Promise<void> {
  const { tree } = at.sources;
  const policies = await book(results, `${tree} sources`, 'policies', () => loadPolicies(context, []), (all) => `${all.filter(({ policy }) => policy.trees.includes(tree)).length} of ${all.length} are for ${tree}`);
  if (policies === undefined) return;
  const all = seriesToCheck(policies.map(({ policy }) => policy), tree, at.series, everyPatch);
  await checkAll(context, results, at, all, say);
  if (context.signal.aborted) return;
  if (policies.some(({ policy }) => policy.name === SMOKE_POLICY && !policy.trees.includes(tree))) {
    results.add(`${tree} kernel`, skippedCase('bzImage and KVM modules build', `policy ${SMOKE_POLICY} is not for ${tree}`));
    return;
  }
  const built = await build(context, results, at, say);
  if (built === undefined || !withSmoke || context.signal.aborted) return;
  await boot(context, results, at, built, say);
}

async function prepare(context: Context, results: Results, tree: string, say: Say): Promise<ReadyTree | undefined> {
  const suite = `${tree} sources`;
  const fetched = await book(results, suite, `sources of ${tree}`, () => sourcesOf(context, tree, say), (f) => `${f.package} ${f.packageVersion}`);
  if (fetched === undefined) return undefined;
  const sources = await book(results, suite, 'recorded facts hold', () => checkedSources(fetched), (s) => `recorded ${s.recordedVersion}, at hand ${s.version}`);
  if (sources === undefined) return undefined;
  await book(results, suite, 'facts read on the spot give the committed series', () => committedSeries(context, sources), (detail) => detail);
  const series = await book(results, suite, 'series for these sources', () => liveSeries(context, sources));
  if (series === undefined) return undefined;
  const workdir = await book(results, suite, 'checkout', () => workdirOf(sources, labHooks(context, say)));
  return workdir === undefined ? undefined : { sources, series, workdir };
}

/** What is checked of a tree: the series of every policy for it, and the lab's. `series` is the folder of them all. */
export function seriesToCheck(policies: readonly Policy[], tree: string, series: string, everyPatch: boolean): readonly (SeriesToCheck & { readonly name: string })[] {
  return [
    // Who includes touched headers is built with the booted kernel, which has every mechanism. What is left of them all when they are off is left of that one.
    ...policies.filter(({ trees }) => trees.includes(tree)).map(({ name }) => ({
      name,
      dir: join(series, tree, name),
      build: everyPatch ? ('every patch' as const) : (BUILT_OTHERWISE[name] ?? 'every patch'),
      headerUsers: everyPatch,
      // That of preemption counts differs from it in what it adds to guests. The guest part and the host part alone have all that either one leaves when it is off.
      allOff: everyPatch || name === 'ecs-preempt-count',
      eachPart: everyPatch || name === SMOKE_POLICY,
    })),
    { name: 'lab', dir: join(series, 'lab', tree), build: 'whole', headerUsers: false, allOff: true, eachPart: false },
  ];
}

async function checkAll(context: Context, results: Results, { sources, workdir }: ReadyTree, all: ReturnType<typeof seriesToCheck>, say: Say): Promise<void> {
  const { tree, version } = sources;
  await readUnpatched(context, workdir, all, say);
  for (const { name, ...what } of all) {
    if (context.signal.aborted) return;
    const suite = `${tree} series ${name}`;
    const checked = await seriesCheck(context, workdir, what, say);
    if (context.signal.aborted) return;
    if (!checked.ok) {
      results.add(suite, failedCase('series can be checked', 0, checked.diagnostics));
      continue;
    }
    results.properties(suite, provenanceProperties({ tree, version, patches: checked.value.patches, labPatches: [] }));
    results.add(suite, ...checked.value.cases);
  }
}

function build(context: Context, results: Results, { sources, series, workdir }: ReadyTree, say: Say): Promise<PatchedKernel | undefined> {
  const detail = ({ kernel }: PatchedKernel): string => (kernel.cached ? `built before (${kernel.key})` : `gcc ${kernel.gcc}`);
  return book(results, `${sources.tree} kernel`, 'bzImage and KVM modules build', () => buildPatched(workdir, series, { policy: SMOKE_POLICY }, labHooks(context, say)), detail);
}

async function boot(context: Context, results: Results, { sources }: ReadyTree, built: PatchedKernel, say: Say): Promise<void> {
  const { tree, version } = sources;
  const suite = `${tree} nested boot`;
  const started = performance.now();
  const result = await smoke(context, tree, SMOKE_POLICY, built, say);
  if (!result.ok) {
    results.add(suite, failedCase('boot', performance.now() - started, result.diagnostics));
    return;
  }
  results.properties(suite, bootProperties(version, built, result.value));
  const warnings = result.diagnostics.map((d) => `${d.severity}: ${d.message}`);
  const [ended, ...checks] = bootCases(result.value);
  results.add(suite, ...(ended === undefined ? [] : [{ ...ended, detail: [ended.detail, ...warnings].join('\n') }]), ...checks);
}

export const bootProperties = (version: string, built: PatchedKernel, result: BootResult): Readonly<Record<string, string>> =>
  provenanceProperties({
    tree: result.tree,
    version,
    patches: built.policy.patches,
    labPatches: built.lab.patches.map((p) => p.name),
    configHash: built.kernel.configHash,
    gcc: built.kernel.gcc,
    qemu: result.qemuVersion,
    accel: result.accel,
    clock: result.clock,
  });

/** The verdict as a case of its own, so that a run that was lost cannot look like one without checks. */
export function bootCases({ verdict, checks, seconds, console, kernel }: BootResult): Case[] {
  const took = seconds * 1000;
  const ended: Case = verdict === 'pass' ? okCase('run ended well', took, kernel) : { name: 'run ended well', outcome: { kind: 'failed' }, detail: `verdict: ${verdict}`, durationMs: took, output: [`console: ${console}`] };
  return [ended, ...checks.map((c): Case => ({ name: c.name, outcome: { kind: c.ok ? 'ok' : 'failed' }, detail: c.detail, durationMs: 0 }))];
}
