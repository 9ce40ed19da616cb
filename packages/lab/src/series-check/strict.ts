// SPDX-License-Identifier: MIT
/** Builds of a series check: one O= folder a tree, W=1 always, sparse over what is built there. */
import { readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Diagnostic } from '@unspin/diagnostics';
import { buildFailure } from '../build-errors.ts';
import { KBUILD_ENV, makeArgs } from '../build.ts';
import { configure, mergeRequests, policyRequests, type ConfigRequest } from '../kconfig.ts';
import type { LabHooks } from '../progress.ts';
import { interrupted, run, type RunOptions } from '../run.ts';
import type { TouchedFile } from '../series.ts';
import { exists, type Workdir } from '../workdir.ts';
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

export type StrictResult = { readonly warnings: readonly Warning[] } | { readonly problem: Diagnostic };
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

const sourcesOf = (dir: string): readonly string[] => (dir === 'arch/x86/kvm/' ? ['arch/x86/kvm/', 'virt/kvm/'] : [dir]);

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

/**
 * Builds targets; the warnings are those of what had to be built anew. With `only`, of folders with touched .c files
 * nothing but these is built; without, whatever includes a touched header as well.
 */
export async function compile(strict: Strict, targets: readonly string[], symbols: Symbols, only?: readonly TouchedFile[]): Promise<StrictResult> {
  const { workdir, config, options } = strict;
  const set = symbols.kind === 'absent' ? [] : policyRequests(symbols.names, symbols.value, symbols.optional);
  const configured = await configure({ tree: workdir.tree, src: workdir.src, buildDir: workdir.strict, requests: mergeRequests(config, LENIENT, set) }, options);
  if (!configured.ok) return { problem: configured.diagnostics[0] ?? interrupted('configure') };
  if (only === undefined) {
    await letGo(workdir, targets);
  } else {
    // Else it would make its marks, which are newer than any object, behind our back.
    const synced = await make(strict, ['syncconfig'], []);
    if ('problem' in synced) return synced;
    await holdBack(workdir, targets, only);
  }
  return make(strict, targets, []);
}

/** Objects made to look up to date, which they may not be. */
const heldBack = new WeakMap<Workdir, Set<string>>();

async function holdBack(workdir: Workdir, targets: readonly string[], touched: readonly TouchedFile[]): Promise<void> {
  const held = heldBack.get(workdir) ?? new Set();
  heldBack.set(workdir, held);
  const object = ({ path }: TouchedFile): string => join(workdir.strict, path.replace(/\.[cS]$/, '.o'));
  for (const target of targets.filter((t) => t.endsWith('/'))) {
    const dirs = sourcesOf(target);
    const own = touched.filter((f) => /\.[cS]$/.test(f.path) && dirs.some((dir) => f.path.startsWith(dir)));
    // A file that others include has no object: any of them may be the one to build.
    const included = await Promise.all(own.map(async (f) => !f.added && !(await exists(object(f)))));
    if (own.length === 0 || included.includes(true)) continue;
    const keep = new Set(own.map(object));
    for (const dir of dirs) {
      const at = join(workdir.strict, dir);
      const objects = (await readdir(at, { recursive: true }).catch(() => [])).filter((name) => name.endsWith('.o')).map((name) => join(at, name));
      const now = new Date();
      for (const path of objects.filter((o) => !keep.has(o))) {
        await utimes(path, now, now);
        held.add(path);
      }
    }
  }
}

/** Has what was held back of these targets built anew. */
async function letGo(workdir: Workdir, targets: readonly string[]): Promise<void> {
  const dirs = targets.flatMap(sourcesOf).map((dir) => join(workdir.strict, dir));
  const held = heldBack.get(workdir) ?? new Set();
  for (const path of [...held].filter((o) => dirs.some((dir) => o === dir || (dir.endsWith('/') && o.startsWith(dir))))) {
    await rm(path, { force: true });
    held.delete(path);
  }
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
  return { warnings: made.warnings.filter((_, i) => ours[i]) };
}

/** What is up to date keeps its warnings to itself: this makes targets say them again. */
export async function forgetObjects(strict: Strict, targets: readonly string[]): Promise<void> {
  for (const target of targets.flatMap(sourcesOf)) {
    const path = join(strict.workdir.strict, target);
    if (await exists(path)) await run({ program: 'find', args: [path, '-name', '*.o', '-delete'] }, strict.options);
  }
}

async function make({ workdir, jobs, hooks, options }: Strict, targets: readonly string[], more: readonly string[]): Promise<{ readonly warnings: readonly Warning[]; readonly lines: readonly string[] } | { readonly problem: Diagnostic }> {
  const args = ['-s', ...makeArgs(workdir, workdir.strict, jobs, hooks), 'W=1', ...more, ...targets];
  const made = await run({ program: 'make', args, env: KBUILD_ENV }, options);
  if (!made.ok) return { problem: buildFailure(made, { what: `${workdir.tree}: make W=1 ${targets.join(' ')}`, dir: workdir.strict, src: workdir.src, logFile: workdir.logFile }) };
  return { warnings: parseWarnings(made.lines, workdir.src), lines: made.lines };
}

/** Whether the complaint is sparse 0.6.4's inability to evaluate the strlen() in the assertion of MODULE_INFO(). */
async function isModuleInfo(src: string, { file, text, line }: Warning): Promise<boolean> {
  if (text !== 'error: bad constant expression') return false;
  const number = Number(/^\S+?:(\d+)/.exec(line)?.[1]);
  const source = await readFile(join(src, file), 'utf8').catch(() => '');
  return /^(?:__)?(?:module_param|core_param|MODULE_)/.test(source.split('\n')[number - 1] ?? '');
}
