// SPDX-License-Identifier: MIT
/** Builds of a series check: one O= folder a tree, W=1 always, sparse over what is built there. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Diagnostic } from '@unspin/diagnostics';
import { buildFailure } from '../build-errors.ts';
import { KBUILD_ENV, makeArgs } from '../build.ts';
import { configure, formatFragment, fragmentFile, mergeRequests, parseDotConfig, policyRequests, unstuck, type ConfigRequest } from '../kconfig.ts';
import type { LabHooks } from '../progress.ts';
import { interrupted, run, type RunOptions } from '../run.ts';
import { exists, git, type Workdir } from '../workdir.ts';
import { gateOf, sourcesOf } from './targets.ts';
import { parseWarnings, type Warning } from './warnings.ts';

/** How the mechanisms' symbols are set. `absent`: the tree is unpatched. `optional`: symbols of later patches do not exist yet. */
export type Symbols = { readonly kind: 'absent' } | { readonly kind: 'set'; readonly names: readonly string[]; readonly value: 'y' | 'n'; readonly optional: boolean };

export interface Strict {
  readonly workdir: Workdir;
  readonly config: readonly ConfigRequest[];
  readonly jobs: number;
  readonly hooks: LabHooks;
  readonly options: RunOptions;
}

/** `left`: targets that the configuration leaves out. */
export type StrictResult = { readonly warnings: readonly Warning[]; readonly left: readonly string[] } | { readonly problem: Diagnostic };
export type SparseResult = StrictResult | { readonly skip: string };

/**
 * Debian 12's sparse does not know __typeof_unqual__, and newer trees then drop the checker with no more than a line of
 * warning. To sparse the difference is a qualifier, the same before and after a series.
 */
const SPARSE = 'sparse -D__typeof_unqual__=__typeof__';
const CHECKER_DROPPED = /is not available or not up to date/;
/** Errors would hide warnings further down, and old ones of the tree are none of the series' business. */
const LENIENT: readonly ConfigRequest[] = [{ symbol: 'KVM_WERROR', value: 'n', optional: true, at: { file: 'strict', line: 1, column: 1 } }];

const sparseScript = (patterns: readonly string[]): string => `#!/bin/sh
for file; do :; done
case "$file" in
${patterns.join('|')}) echo "$file" >>"$0.read"; exec ${SPARSE} "$@" ;;
esac
`;

/**
 * Shell patterns of the files that sparse, which takes longer than the compiler, reads: what a series touches, its headers through that.
 * Folders of which only headers are touched are read whole: any file there may be the one that a header breaks.
 */
export function sparseFilter(targets: readonly string[], touched: readonly string[]): readonly string[] {
  return targets.flatMap((target) => {
    if (!target.endsWith('/')) return [`*${target.replace(/\.o$/, '.[cS]')}`];
    const own = touched.filter((file) => sourcesOf(target).some((dir) => file.startsWith(dir)));
    return own.length > 0 ? own.map((file) => `*${file}`) : sourcesOf(target).map((dir) => `*${dir}*`);
  });
}

/** Builds targets; the warnings are those of what had to be built anew. */
export async function compile(strict: Strict, targets: readonly string[], symbols: Symbols): Promise<StrictResult> {
  const { workdir, config, options } = strict;
  const set = symbols.kind === 'absent' ? [] : policyRequests(symbols.names, symbols.value, symbols.optional);
  const problem = await ensureConfigured(workdir, mergeRequests(config, LENIENT, set), options);
  return problem === undefined ? make(strict, targets, []) : { problem };
}

/** The commit whose Kconfig files were read for the O= folder. What it was configured for lies in it: another process may have done it anew. */
const configuredAt = new WeakMap<Workdir, string>();
/** Where Kconfig files are, and what decides how they are read. */
const KCONFIG_PATHS = ['*Kconfig*', 'scripts', 'Makefile', 'arch/*/Makefile', 'arch/*/configs'] as const;

/** Most patches leave Kconfig alone, and for many a configuration takes longer to make than what they touch takes to compile. */
async function ensureConfigured(workdir: Workdir, requests: readonly ConfigRequest[], options: RunOptions): Promise<Diagnostic | undefined> {
  const fragment = formatFragment(requests);
  const commit = (await git(workdir, ['rev-parse', 'HEAD'], options)).lines.at(-1) ?? '';
  const last = configuredAt.get(workdir);
  if (last !== undefined && fragment === (await readFile(fragmentFile(workdir.strict), 'utf8').catch(() => undefined))) {
    const moved = await git(workdir, ['diff', '--name-only', last, commit, '--', ...KCONFIG_PATHS], options);
    const text = await readFile(join(workdir.strict, '.config'), 'utf8').catch(() => undefined);
    if (moved.ok && moved.lines.length === 0 && text !== undefined) return unstuck(requests, parseDotConfig(text), workdir.tree)[0];
  }
  configuredAt.delete(workdir);
  const configured = await configure({ tree: workdir.tree, src: workdir.src, buildDir: workdir.strict, requests }, options);
  if (!configured.ok) return configured.diagnostics[0] ?? interrupted('configure');
  configuredAt.set(workdir, commit);
  return undefined;
}

/** Has sparse read the files that match, of targets that are built. Fails if it was given none. */
export async function readWithSparse(strict: Strict, targets: readonly string[], patterns: readonly string[]): Promise<SparseResult> {
  const { workdir } = strict;
  const checker = join(workdir.strict, 'unspin-sparse');
  await writeFile(checker, sparseScript(patterns), { mode: 0o755 });
  await rm(`${checker}.read`, { force: true });
  const made = await make(strict, targets, ['C=2', `CHECK=${checker}`]);
  if ('problem' in made) return made;
  if (made.lines.some((line) => CHECKER_DROPPED.test(line))) return { skip: "sparse is too old for this tree's sources: its Makefile left it out" };
  if (!(await exists(`${checker}.read`))) return { problem: { code: 'LAB_NEW_WARNINGS', severity: 'error', message: `${workdir.tree}: sparse was asked to read ${patterns.join(', ')}, and the build gave it none of these` } };
  const ours = await Promise.all(made.warnings.map(async (w) => !(await isModuleInfo(workdir.src, w))));
  return { warnings: made.warnings.filter((_, i) => ours[i]), left: made.left };
}

/** What is up to date keeps its warnings to itself: this makes targets say them again. */
export async function forgetObjects(strict: Strict, targets: readonly string[]): Promise<void> {
  for (const target of targets.flatMap(sourcesOf)) {
    const path = join(strict.workdir.strict, target);
    if (await exists(path)) await run({ program: 'find', args: [path, '-name', '*.o', '-delete'] }, strict.options);
  }
}

async function make({ workdir, jobs, hooks, options }: Strict, wanted: readonly string[], more: readonly string[]): Promise<{ readonly warnings: readonly Warning[]; readonly left: readonly string[]; readonly lines: readonly string[] } | { readonly problem: Diagnostic }> {
  const targets = await configuredTargets(workdir, wanted);
  const left = wanted.filter((target) => !targets.includes(target));
  if (targets.length === 0) return { warnings: [], left, lines: [] };
  const args = ['-s', ...makeArgs(workdir, workdir.strict, jobs, hooks), 'W=1', ...more, ...targets];
  const made = await run({ program: 'make', args, env: KBUILD_ENV }, options);
  if (!made.ok) return { problem: buildFailure(made, { what: `${workdir.tree}: make W=1 ${targets.join(' ')}`, dir: workdir.strict, src: workdir.src, logFile: workdir.logFile }) };
  return { warnings: parseWarnings(made.lines, workdir.src), left, lines: made.lines };
}

/** Without objects that the configuration leaves out: make would build what is named all the same, and fail where it cannot. */
async function configuredTargets(workdir: Workdir, targets: readonly string[]): Promise<readonly string[]> {
  const config = await readFile(join(workdir.strict, '.config'), 'utf8');
  const kept = targets.map(async (target) => {
    const makefile = await readFile(join(workdir.src, dirname(target), 'Makefile'), 'utf8').catch(() => '');
    const gate = target.endsWith('/') ? undefined : gateOf(makefile, basename(target));
    return gate === undefined || new RegExp(`^CONFIG_${gate}=[ym]$`, 'm').test(config) ? [target] : [];
  });
  return (await Promise.all(kept)).flat();
}

/** Whether the complaint is sparse 0.6.4's inability to evaluate the strlen() in the assertion of MODULE_INFO(). */
async function isModuleInfo(src: string, { file, text, line }: Warning): Promise<boolean> {
  if (text !== 'error: bad constant expression') return false;
  const number = Number(/^\S+?:(\d+)/.exec(line)?.[1]);
  const source = await readFile(join(src, file), 'utf8').catch(() => '');
  return /^(?:__)?(?:module_param|core_param|MODULE_)/.test(source.split('\n')[number - 1] ?? '');
}
