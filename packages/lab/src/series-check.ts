// SPDX-License-Identifier: MIT
import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fail, ok, type Diagnostic, type Result } from '@unspin/diagnostics';
import { buildFailure } from './build-errors.ts';
import { machinePlaces, missingBuildTools, onPath } from './build-tools.ts';
import { cores, KBUILD_ENV, makeArgs } from './build.ts';
import { parseCheckpatch } from './checkpatch.ts';
import { configure, mergeRequests, policyRequests, type ConfigRequest } from './kconfig.ts';
import { withLock } from './lock.ts';
import type { LabHooks } from './progress.ts';
import type { Case } from './report/result.ts';
import { interrupted, run, type RunOptions } from './run.ts';
import { touchedFiles, type PatchFile, type SeriesDir, type TouchedFile } from './series.ts';
import { buildTargets, makefileNames, type TreeView } from './targets.ts';
import { newWarnings, parseWarnings, type Warning } from './warnings.ts';
import { applyPatch, checkout, checkoutSeries, exists, type Workdir } from './workdir.ts';

export interface SeriesCheckRequest {
  readonly workdir: Workdir;
  readonly series: SeriesDir;
  readonly config: readonly ConfigRequest[];
  /** Kconfig symbols of the series' mechanisms: built all on after every patch, all off after the last. */
  readonly symbols: readonly string[];
  readonly jobs?: number;
  /** checkpatch types not asked for. */
  readonly ignoreTypes?: readonly string[];
}

export interface SeriesCheck {
  readonly cases: readonly Case[];
  /** One for each failed case. */
  readonly diagnostics: readonly Diagnostic[];
}

/** New files lie in folders that MAINTAINERS covers by pattern; checkpatch asks at every new file all the same. */
export const IGNORED_CHECKPATCH_TYPES = [] as const;

/**
 * Debian 12's sparse does not know __typeof_unqual__, and newer trees then drop the checker with no more than a line of
 * warning. To sparse the difference is a qualifier, the same before and after a series.
 */
const SPARSE = 'sparse -D__typeof_unqual__=__typeof__';
/** The compiler reads all that a target builds; sparse, which takes longer, what the series touches, its headers through that. */
const sparseScript = (patterns: readonly string[]): string => `#!/bin/sh
for file; do :; done
case "$file" in
${patterns.join('|')}) echo "$file" >>"$0.read"; exec ${SPARSE} "$@" ;;
esac
`;

/** Folders of which only headers are touched are read whole: any file there may be the one that a header breaks. */
export function sparseFilter(targets: readonly string[], touched: readonly string[]): readonly string[] {
  const sources = (dir: string): readonly string[] => (dir === 'arch/x86/kvm/' ? ['arch/x86/kvm/', 'virt/kvm/'] : [dir]);
  return targets.flatMap((target) => {
    if (!target.endsWith('/')) return [`*${target.replace(/\.o$/, '.[cS]')}`];
    const own = touched.filter((file) => sources(target).some((dir) => file.startsWith(dir)));
    return own.length > 0 ? own.map((file) => `*${file}`) : sources(target).map((dir) => `*${dir}*`);
  });
}

type StrictBuild = { readonly warnings: readonly Warning[] } | { readonly problem: Diagnostic } | { readonly skip: string };

const baselines = new WeakMap<Workdir, Map<string, readonly Warning[]>>();

/** Whether the complaint is sparse 0.6.4's inability to evaluate the strlen() in the assertion of MODULE_INFO(). */
async function isModuleInfo(src: string, { file, text, line }: Warning): Promise<boolean> {
  if (text !== 'error: bad constant expression') return false;
  const number = Number(/^\S+?:(\d+)/.exec(line)?.[1]);
  const source = await readFile(join(src, file), 'utf8').catch(() => '');
  return /^(?:__)?(?:module_param|core_param|MODULE_)/.test(source.split('\n')[number - 1] ?? '');
}
const CHECKER_DROPPED = /is not available or not up to date/;

/** Fails only where nothing can be checked; what the series does wrong is in the cases. */
export async function checkSeries(request: SeriesCheckRequest, hooks: LabHooks = {}): Promise<Result<SeriesCheck>> {
  const missing = missingBuildTools(machinePlaces(hooks.env));
  if (missing !== undefined) return fail([missing]);
  return withLock(request.workdir.lock, hooks, () => new Checker(request, hooks).check());
}

interface Step {
  readonly patch: PatchFile;
  readonly files: readonly TouchedFile[];
  readonly targets: readonly string[];
}

class Checker {
  private readonly cases: Case[] = [];
  private readonly problems: Diagnostic[] = [];
  private readonly options: RunOptions;
  private readonly jobs: number;

  constructor(
    private readonly request: SeriesCheckRequest,
    private readonly hooks: LabHooks,
  ) {
    this.options = { ...hooks, logFile: request.workdir.logFile };
    this.jobs = request.jobs ?? cores();
  }

  async check(): Promise<Result<SeriesCheck>> {
    const { workdir, series } = this.request;
    await this.checkpatch();
    const at = await checkoutSeries(workdir, [], this.options);
    if (!at.ok) return at;
    const steps: Step[] = [];
    for (const patch of series.patches) {
      const step = await this.applyAndBuild(patch, steps.length === series.patches.length - 1);
      if (step === undefined) {
        this.skipRest(steps.length + 1);
        break;
      }
      steps.push(step);
    }
    if (steps.length === series.patches.length) {
      await this.buildAllOff(steps);
      await this.warnings(steps);
    }
    if (this.hooks.signal?.aborted === true) return fail([interrupted(`${workdir.tree}: series check`)]);
    return ok({ cases: this.cases, diagnostics: this.problems });
  }

  private step(text: string): void {
    this.hooks.onProgress?.({ kind: 'step', text: `${this.request.workdir.tree}: ${text}` });
  }

  /** Runs one check and books its case. True where it holds. */
  private async book(name: string, body: () => Promise<{ readonly detail: string } | { readonly skip: string } | { readonly problem: Diagnostic }>): Promise<boolean> {
    if (this.hooks.signal?.aborted === true) return false;
    this.step(name);
    const started = performance.now();
    const seen = await body();
    const durationMs = performance.now() - started;
    if ('skip' in seen) {
      this.cases.push({ name, outcome: { kind: 'skipped', reason: seen.skip }, detail: '', durationMs });
      return true;
    }
    if ('detail' in seen) {
      this.cases.push({ name, outcome: { kind: 'ok' }, detail: seen.detail, durationMs });
      return true;
    }
    const [detail = '', ...output] = seen.problem.message.split('\n');
    this.cases.push({ name, outcome: { kind: 'failed' }, detail, durationMs, output });
    this.problems.push(seen.problem);
    return false;
  }

  private skipRest(from: number): void {
    const names = this.request.series.patches.slice(from).map((patch) => `apply and build ${patch.name}`);
    for (const name of [...names, 'build all off', 'new warnings']) {
      this.cases.push({ name, outcome: { kind: 'skipped', reason: 'an earlier patch failed' }, detail: '', durationMs: 0 });
    }
  }

  private async checkpatch(): Promise<void> {
    const { workdir, series, ignoreTypes = IGNORED_CHECKPATCH_TYPES } = this.request;
    const ignore = ignoreTypes.length === 0 ? [] : ['--ignore', ignoreTypes.join(',')];
    for (const patch of series.patches) {
      await this.book(`checkpatch ${patch.name}`, async () => {
        const args = ['scripts/checkpatch.pl', '--strict', '--no-color', '--terse', '--show-types', ...ignore, patch.path];
        const result = await run({ program: 'perl', args, cwd: workdir.src }, this.options);
        const { summary, complaints } = parseCheckpatch(result.lines, patch.path);
        if (result.end.kind === 'interrupted') return { problem: interrupted('checkpatch') };
        // With --terse a clean patch has no summary.
        if (result.ok && complaints.length === 0) return { detail: ignore.length === 0 ? 'clean' : `clean; ${ignoreTypes.join(', ')} ignored` };
        return { problem: { code: 'LAB_CHECKPATCH', severity: 'error', message: [`${workdir.tree}: ${patch.name}: ${summary ?? 'checkpatch did not finish'}`, ...(summary === undefined ? result.lines.slice(-5) : complaints)].join('\n  ') } };
      });
    }
  }

  private async applyAndBuild(patch: PatchFile, last: boolean): Promise<Step | undefined> {
    const { workdir } = this.request;
    const files = touchedFiles(patch.text);
    const applied = await this.book(`apply ${patch.name}`, async () => {
      const dry = await run({ program: 'patch', args: ['-p1', '--dry-run', '--fuzz=0', '--no-backup-if-mismatch', '-i', patch.path], cwd: workdir.src }, this.options);
      const inexact = dry.lines.find((line) => /fuzz|offset|FAILED|malformed/.test(line));
      if (!dry.ok || inexact !== undefined) {
        return { problem: { code: 'LAB_APPLY_FAILED', severity: 'error', message: `${workdir.tree}: ${patch.name}: patch --fuzz=0: ${inexact ?? dry.lines.at(-1) ?? 'failed'}` } };
      }
      const am = await applyPatch(workdir, patch, this.options);
      return am.ok ? { detail: '' } : { problem: am.diagnostics[0] ?? interrupted('git am') };
    });
    if (!applied) return undefined;

    const targets = buildTargets(files, await this.view(files));
    // Symbols of later patches do not exist yet.
    const built = await this.book(`build ${patch.name}`, () => this.build(targets, 'y', !last));
    return built ? { patch, files, targets } : undefined;
  }

  private async build(targets: readonly string[], value: 'y' | 'n', optional: boolean): ReturnType<Parameters<Checker['book']>[1]> {
    const { workdir, config, symbols } = this.request;
    if (targets.length === 0) return { skip: 'touches nothing that is compiled' };
    const configured = await configure({ tree: workdir.tree, src: workdir.src, buildDir: workdir.build, requests: mergeRequests(config, policyRequests(symbols, value, optional)) }, this.options);
    if (!configured.ok) return { problem: configured.diagnostics[0] ?? interrupted('configure') };
    const made = await run({ program: 'make', args: ['-s', ...makeArgs(workdir, workdir.build, this.jobs, this.hooks), ...targets], env: KBUILD_ENV }, this.options);
    if (!made.ok) return { problem: buildFailure(made, { what: `${workdir.tree}: make ${targets.join(' ')}`, dir: workdir.build, src: workdir.src, logFile: workdir.logFile }) };
    return { detail: targets.join(' ') };
  }

  /** Everything touched, without the mechanisms: files the series adds need not exist then. */
  private async buildAllOff(steps: readonly Step[]): Promise<void> {
    if (this.request.symbols.length === 0) return;
    const added = new Set(steps.flatMap((s) => s.files.filter((f) => f.added).map((f) => f.path.replace(/\.[cS]$/, '.o'))));
    const targets = [...new Set(steps.flatMap((s) => s.targets))].filter((t) => !added.has(t)).sort();
    await this.book('build all off', () => this.build(targets, 'n', false));
  }

  private async warnings(steps: readonly Step[]): Promise<void> {
    const { workdir, series } = this.request;
    const targets = [...new Set(steps.flatMap((s) => s.targets))].sort();
    const sparse = onPath('sparse', machinePlaces(this.hooks.env));
    if (!sparse) this.cases.push({ name: 'new sparse warnings', outcome: { kind: 'skipped', reason: 'sparse not found (Debian package sparse)' }, detail: '', durationMs: 0 });
    await this.book(sparse ? 'new warnings (W=1, sparse)' : 'new warnings (W=1)', async () => {
      if (targets.length === 0) return { skip: 'touches nothing that is compiled' };
      const added = new Set(steps.flatMap((s) => s.files.filter((f) => f.added).map((f) => f.path)));
      const touched = steps.flatMap((s) => s.files.filter((f) => f.path.endsWith('.c') && !f.removed).map((f) => f.path));
      const patched = await this.strictBuild(targets, sparse ? sparseFilter(targets, touched) : undefined, 'y');
      if (!('warnings' in patched)) return patched;
      const baseTargets = targets.filter((t) => !added.has(t.replace(/\.o$/, '.c')) && !added.has(t.replace(/\.o$/, '.S')));
      const base = await this.baseWarnings(baseTargets, sparse);
      if (!('warnings' in base)) return base;
      const fresh = newWarnings(base.warnings, patched.warnings);
      if (fresh.length === 0) return { detail: `${targets.join(' ')}: ${base.warnings.length} before, ${patched.warnings.length} after` };
      return { problem: { code: 'LAB_NEW_WARNINGS', severity: 'error', message: [`${workdir.tree}: ${basename(series.dir)}: ${fresh.length} new warning${fresh.length === 1 ? '' : 's'}`, ...fresh.map((w) => `  ${w.line}`)].join('\n') } };
    });
  }

  /** What the unpatched tree has to say. Asked once for each target: every series of a tree is held against the same base. */
  private async baseWarnings(targets: readonly string[], sparse: boolean): Promise<StrictBuild> {
    const { workdir } = this.request;
    const known = baselines.get(workdir) ?? new Map<string, readonly Warning[]>();
    baselines.set(workdir, known);
    const back = await checkout(workdir, workdir.base, this.options);
    if (!back.ok) return { problem: back.diagnostics[0] ?? interrupted('checkout') };
    for (const target of targets.filter((t) => !known.has(t))) {
      const built = await this.strictBuild([target], sparse ? ['*'] : undefined, undefined);
      if (!('warnings' in built)) return built;
      known.set(target, built.warnings);
    }
    return { warnings: targets.flatMap((t) => known.get(t) ?? []) };
  }

  /** `sparse`: shell patterns of the files it reads; none where there is no sparse. */
  private async strictBuild(targets: readonly string[], sparse: readonly string[] | undefined, value: 'y' | undefined): Promise<StrictBuild> {
    const { workdir, config, symbols } = this.request;
    if (targets.length === 0) return { warnings: [] };
    // Errors would hide warnings further down, and old ones of the tree are none of the series' business.
    const lenient = [{ symbol: 'KVM_WERROR', value: 'n', optional: true, at: { file: 'strict', line: 1, column: 1 } }];
    const on = value === undefined ? [] : policyRequests(symbols, value);
    const configured = await configure({ tree: workdir.tree, src: workdir.src, buildDir: workdir.strict, requests: mergeRequests(config, lenient, on) }, this.options);
    if (!configured.ok) return { problem: configured.diagnostics[0] ?? interrupted('configure') };
    const checker = join(workdir.strict, 'unspin-sparse');
    if (sparse !== undefined) await writeFile(checker, sparseScript(sparse), { mode: 0o755 });
    await rm(`${checker}.read`, { force: true });
    const args = ['-s', ...makeArgs(workdir, workdir.strict, this.jobs, this.hooks), 'W=1', ...(sparse === undefined ? [] : ['C=2', `CHECK=${checker}`]), ...targets];
    // Objects that are up to date would keep their warnings to themselves.
    await this.forgetObjects(targets);
    const made = await run({ program: 'make', args, env: KBUILD_ENV }, this.options);
    if (!made.ok) return { problem: buildFailure(made, { what: `${workdir.tree}: make W=1 ${targets.join(' ')}`, dir: workdir.strict, src: workdir.src, logFile: workdir.logFile }) };
    if (made.lines.some((line) => CHECKER_DROPPED.test(line))) return { skip: "sparse is too old for this tree's sources: its Makefile left it out" };
    if (sparse !== undefined && !(await exists(`${checker}.read`))) return { problem: { code: 'LAB_NEW_WARNINGS', severity: 'error', message: `${workdir.tree}: sparse was asked to read ${sparse.join(', ')}, and the build gave it none of these` } };
    const warnings = parseWarnings(made.lines, workdir.src);
    const ours = await Promise.all(warnings.map(async (w) => !(await isModuleInfo(workdir.src, w))));
    return { warnings: warnings.filter((_, i) => ours[i]) };
  }

  private async forgetObjects(targets: readonly string[]): Promise<void> {
    const { strict } = this.request.workdir;
    // arch/x86/kvm builds ../../../virt/kvm as well.
    for (const target of targets.some((t) => t === 'arch/x86/kvm/') ? [...targets, 'virt/kvm/'] : targets) {
      const path = join(strict, target);
      if (!(await exists(path))) continue;
      await run({ program: 'find', args: [path, '-name', '*.o', '-delete'] }, this.options);
    }
  }

  private async view(files: readonly TouchedFile[]): Promise<TreeView> {
    const { src } = this.request.workdir;
    const makefiles = new Map<string, string>();
    const dirs = new Set<string>();
    for (const { path } of files) {
      for (let dir = dirname(path); dir !== '.' && dir !== '/'; dir = dirname(dir)) {
        if (await exists(join(src, dir))) dirs.add(`${dir}/`);
        if (!makefiles.has(dir)) makefiles.set(dir, await readFile(join(src, dir, 'Makefile'), 'utf8').catch(() => ''));
      }
    }
    for (const dir of ['arch/x86/kvm/', 'kernel/sched/', 'kernel/locking/']) if (await exists(join(src, dir))) dirs.add(dir);
    const hasObject = (file: string): boolean => {
      for (let dir = dirname(file); dir !== '.'; dir = dirname(dir)) {
        if (makefileNames(makefiles.get(dir) ?? '', file.slice(dir.length + 1).replace(/\.c$/, '.o'))) return true;
      }
      return false;
    };
    return { hasObject, hasDir: (dir) => dirs.has(dir) };
  }
}
