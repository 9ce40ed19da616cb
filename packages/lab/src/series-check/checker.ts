// SPDX-License-Identifier: MIT
import { basename, join } from 'node:path';
import { fail, ok, type Diagnostic, type Result } from '@unspin/diagnostics';
import { machinePlaces, missingBuildTools, onPath } from '../build-tools.ts';
import { cores } from '../build.ts';
import { mergeRequests, policyRequests, type ConfigRequest } from '../kconfig.ts';
import { withLock } from '../lock.ts';
import type { LabHooks } from '../progress.ts';
import type { Case } from '../report/result.ts';
import { interrupted, run, type RunOptions } from '../run.ts';
import { touchedFiles, type PatchFile, type SeriesDir, type TouchedFile } from '../series.ts';
import { applyPatch, checkoutSeries, type Workdir } from '../workdir.ts';
import { baseSparse, baseWarnings } from './baseline.ts';
import { parseCheckpatch } from './checkpatch.ts';
import { buildSelftests, selftestsOf } from './selftests.ts';
import { compile, readWithSparse, sparseFilter, type Strict, type Symbols } from './strict.ts';
import { baseOf, isOld, sourcesTouched, targetsIn, type Base, type SeriesBuild } from './tree-targets.ts';
import { newWarnings, type Warning } from './warnings.ts';

export type { SeriesBuild };

export interface SeriesCheckRequest {
  readonly workdir: Workdir;
  readonly series: SeriesDir;
  readonly config: readonly ConfigRequest[];
  /** Kconfig symbols of the series' mechanisms: built all on after every patch, all off after the last. */
  readonly symbols: readonly string[];
  readonly build: SeriesBuild;
  /** Whether those who include touched headers are built too, behind the last patch. A kernel that is built anyway has them. */
  readonly headerUsers: boolean;
  /** Whether it is built with its mechanisms off, too, behind the last patch. A series that has all others' patches has all that is left then. */
  readonly allOff: boolean;
  /** Symbols that can be on while all others are off, by the part of the kernel they are of; each part is built alone behind the last patch. */
  readonly parts?: Readonly<Record<string, readonly string[]>>;
  readonly jobs?: number;
}

export interface SeriesCheck {
  readonly cases: readonly Case[];
  /** One for each failed case. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Whether MAINTAINERS needs another line is for who posts a series to say: checkpatch asks at every new file, also where a pattern covers its folder. */
const IGNORED_CHECKPATCH_TYPES = ['FILE_PATH_CHANGES'] as const;

/** Fails only where nothing can be checked; what the series does wrong is in the cases. */
export async function checkSeries(request: SeriesCheckRequest, hooks: LabHooks = {}): Promise<Result<SeriesCheck>> {
  const missing = missingBuildTools(machinePlaces(hooks.env));
  if (missing !== undefined) return fail([missing]);
  return withLock(request.workdir.lock, hooks, () => new Checker(request, hooks).check());
}

/**
 * Reads the unpatched tree for several series at once: each would find it as its predecessor left it, and have it built again. What goes
 * wrong here goes wrong for the series that asks for it, and is told there.
 */
export async function readBase(requests: readonly SeriesCheckRequest[], hooks: LabHooks = {}): Promise<void> {
  const [first] = requests;
  if (first === undefined || missingBuildTools(machinePlaces(hooks.env)) !== undefined) return;
  const { workdir } = first;
  await withLock(workdir.lock, hooks, async () => {
    hooks.onProgress?.({ kind: 'step', text: `${workdir.tree}: the unpatched tree, for all series (W=1)` });
    const strict = strictOf(first, hooks);
    const at = await checkoutSeries(workdir, [], strict.options);
    if (!at.ok) return ok(null);
    const wanted = await Promise.all(requests.map(baseOf));
    const all = (of: (base: Base) => readonly string[]): readonly string[] => [...new Set(wanted.flatMap(of))].sort();
    const built = await baseWarnings(strict, all((base) => base.targets));
    if ('warnings' in built && onPath('sparse', machinePlaces(hooks.env))) await baseSparse(strict, all((base) => base.targets), all((base) => base.patterns));
    return ok(null);
  });
}

const strictOf = ({ workdir, config, jobs }: SeriesCheckRequest, hooks: LabHooks): Strict => ({ workdir, config, jobs: jobs ?? cores(), hooks, options: { ...hooks, logFile: workdir.logFile } });

interface Step {
  readonly patch: PatchFile;
  readonly files: readonly TouchedFile[];
}

const partCase = (part: string): string => `build ${part} alone (W=1)`;

const filesOf = (steps: readonly Step[]): readonly TouchedFile[] => steps.flatMap((s) => s.files);

class Checker {
  private readonly cases: Case[] = [];
  private readonly problems: Diagnostic[] = [];
  private readonly options: RunOptions;
  private readonly strict: Strict;
  private readonly sparseFound: boolean;
  private baseSparse: { readonly warnings: readonly Warning[] } | { readonly skip: string } | undefined;

  constructor(
    private readonly request: SeriesCheckRequest,
    private readonly hooks: LabHooks,
  ) {
    this.strict = strictOf(request, hooks);
    this.options = this.strict.options;
    this.sparseFound = onPath('sparse', machinePlaces(hooks.env));
  }

  async check(): Promise<Result<SeriesCheck>> {
    const { workdir, series } = this.request;
    await this.checkpatch();
    const at = await checkoutSeries(workdir, [], this.options);
    if (!at.ok) return at;
    const { build } = this.request;
    const base = build === 'nothing' && !this.request.allOff && this.parts().length === 0 ? [] : await this.base();
    const steps: Step[] = [];
    for (const patch of base === undefined ? [] : series.patches) {
      const step = await this.applyAndBuild(patch, steps, base ?? []);
      if (step === undefined) break;
      steps.push(step);
    }
    if (this.aborted) return fail([interrupted(`${workdir.tree}: series check`)]);
    if (steps.length < series.patches.length) {
      this.skipRest(base === undefined ? 0 : steps.length + 1, base === undefined ? 'the unpatched tree does not build' : 'an earlier patch failed');
    } else {
      if (build !== 'nothing') await this.sparse(steps, await this.buildWhole(steps, base ?? []));
      for (const part of this.parts()) await this.buildPart(part, steps, base ?? []);
      if (this.request.allOff) await this.buildAllOff(steps, base ?? []);
    }
    if (this.aborted) return fail([interrupted(`${workdir.tree}: series check`)]);
    return ok({ cases: this.cases, diagnostics: this.problems });
  }

  private get aborted(): boolean {
    return this.hooks.signal?.aborted === true;
  }

  private step(text: string): void {
    this.hooks.onProgress?.({ kind: 'step', text: `${this.request.workdir.tree}: ${text}` });
  }

  /** Runs one check and books its case. True where it holds. */
  private async book(name: string, body: () => Promise<{ readonly detail: string } | { readonly skip: string } | { readonly problem: Diagnostic }>): Promise<boolean> {
    if (this.aborted) return false;
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

  private skipRest(from: number, reason: string): void {
    const { series, build, allOff } = this.request;
    const names = series.patches.slice(from).map((patch) => `apply and build ${patch.name}`);
    const whole = build === 'nothing' ? [] : ['build the whole series (W=1)', 'new warnings (sparse)'];
    for (const name of [...names, ...whole, ...this.parts().map(partCase), ...(allOff ? ['build all off (W=1)'] : [])]) {
      this.cases.push({ name, outcome: { kind: 'skipped', reason }, detail: '', durationMs: 0 });
    }
  }

  private async checkpatch(): Promise<void> {
    const { workdir, series } = this.request;
    for (const patch of series.patches) {
      await this.book(`checkpatch ${patch.name}`, async () => {
        const args = ['scripts/checkpatch.pl', '--strict', '--no-color', '--terse', '--show-types', '--ignore', IGNORED_CHECKPATCH_TYPES.join(','), patch.path];
        const result = await run({ program: 'perl', args, cwd: workdir.src }, this.options);
        const { summary, complaints } = parseCheckpatch(result.lines, patch.path);
        if (result.end.kind === 'interrupted') return { problem: interrupted('checkpatch') };
        // With --terse a clean patch has no summary.
        if (result.ok && complaints.length === 0) return { detail: `clean; ${IGNORED_CHECKPATCH_TYPES.join(', ')} ignored` };
        return { problem: { code: 'LAB_CHECKPATCH', severity: 'error', message: [`${workdir.tree}: ${patch.name}: ${summary ?? 'checkpatch did not finish'}`, ...(summary === undefined ? result.lines.slice(-5) : complaints)].join('\n  ') } };
      });
    }
  }

  /** The unpatched tree's own warnings, of all that the series will build. What it adds has none. */
  private async base(): Promise<readonly Warning[] | undefined> {
    const { targets, patterns } = await baseOf(this.request);
    let warnings: readonly Warning[] | undefined;
    await this.book('the unpatched tree builds (W=1)', async () => {
      if (targets.length === 0) return { skip: 'the series touches nothing that is compiled' };
      const built = await baseWarnings(this.strict, targets);
      if ('problem' in built) return built;
      warnings = built.warnings;
      if (this.sparseFound && this.request.build !== 'nothing') {
        const read = await baseSparse(this.strict, targets, patterns);
        if ('problem' in read) return read;
        this.baseSparse = read;
      }
      return { detail: `${targets.filter((t) => !built.left.includes(t)).join(' ')}: ${built.warnings.length} warnings` };
    });
    return targets.length === 0 ? [] : warnings;
  }

  private targets(files: readonly TouchedFile[], headerUsers: boolean): Promise<readonly string[]> {
    return targetsIn(this.request.workdir, files, headerUsers);
  }

  private async applyAndBuild(patch: PatchFile, earlier: readonly Step[], base: readonly Warning[]): Promise<Step | undefined> {
    const { workdir, series, symbols, build } = this.request;
    const last = earlier.length === series.patches.length - 1;
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

    const symbolsSoFar = { kind: 'set', names: symbols, value: 'y', optional: !last } as const;
    const built = build !== 'every patch' || (await this.buildPatch(patch, files, symbolsSoFar, base));
    return built ? { patch, files } : undefined;
  }

  private async buildPatch(patch: PatchFile, files: readonly TouchedFile[], symbols: Symbols, base: readonly Warning[]): Promise<boolean> {
    const { workdir } = this.request;
    const targets = await this.targets(files, false);
    const programs = selftestsOf(files);
    if (programs.length > 0) {
      const booked = await this.book(`build ${patch.name} (selftests)`, async () => {
        const built = await buildSelftests({ workdir, names: programs, out: join(workdir.root, 'selftests'), jobs: this.strict.jobs }, this.hooks, this.options);
        return built.ok ? { detail: `${programs.join(' ')}: no warning` } : { problem: built.diagnostics[0] ?? interrupted('selftests') };
      });
      if (!booked || targets.length === 0) return booked;
    }
    return this.compile(`build ${patch.name} (W=1)`, targets, symbols, base);
  }

  /** Compiles and books it. True where it compiles, new warnings or not: these fail the case, and the rest of the series has its turn. */
  private async compile(name: string, targets: readonly string[], symbols: Symbols, base: readonly Warning[], strict = this.strict): Promise<boolean> {
    let compiled = true;
    await this.book(name, async () => {
      if (targets.length === 0) return { skip: 'touches nothing that is compiled' };
      const built = await compile(strict, targets, symbols);
      compiled = !('problem' in built);
      if ('problem' in built) return built;
      const read = targets.filter((target) => !built.left.includes(target));
      const left = `not in this configuration: ${built.left.join(' ')}`;
      if (read.length === 0) return { skip: left };
      const judged = this.judge(name, base, built.warnings, read);
      return 'detail' in judged && built.left.length > 0 ? { detail: `${judged.detail}; ${left}` } : judged;
    });
    return compiled && !this.aborted;
  }

  private judge(what: string, base: readonly Warning[], seen: readonly Warning[], read: readonly string[]): { readonly detail: string } | { readonly problem: Diagnostic } {
    const { workdir, series } = this.request;
    const fresh = newWarnings(base, seen);
    if (fresh.length === 0) return { detail: `${read.join(' ')}: no new warning` };
    const message = `${workdir.tree}: ${basename(series.dir)}: ${what}: ${fresh.length} new warning${fresh.length === 1 ? '' : 's'}`;
    return { problem: { code: 'LAB_NEW_WARNINGS', severity: 'error', message: [message, ...fresh.map((w) => `  ${w.line}`)].join('\n') } };
  }

  /** What all patches together touch. */
  private async buildWhole(steps: readonly Step[], base: readonly Warning[]): Promise<boolean> {
    const { symbols, headerUsers } = this.request;
    const targets = await this.targets(filesOf(steps), headerUsers);
    return this.compile('build the whole series (W=1)', targets, { kind: 'set', names: symbols, value: 'y', optional: false }, base);
  }

  private async sparse(steps: readonly Step[], built: boolean): Promise<void> {
    await this.book('new warnings (sparse)', async () => {
      const before = this.baseSparse;
      const targets = await this.targets(filesOf(steps), this.request.headerUsers);
      if (!built) return { skip: 'the series does not build' };
      if (!this.sparseFound) return { skip: 'sparse not found (Debian package sparse)' };
      if (targets.length === 0) return { skip: 'touches nothing that is compiled' };
      if (before === undefined) return { skip: 'the unpatched tree could not be read' };
      if ('skip' in before) return before;
      const patterns = sparseFilter(targets, sourcesTouched(filesOf(steps)));
      const read = await readWithSparse(this.strict, targets, patterns);
      return 'warnings' in read ? this.judge('sparse', before.warnings, read.warnings, patterns) : read;
    });
  }

  /** What the series touches, without the mechanisms: files it adds need not exist then, and whoever includes its headers sees no more of them. */
  private parts(): readonly string[] {
    const parts = Object.keys(this.request.parts ?? {});
    return parts.length > 1 ? parts : [];
  }

  /** What a kernel has that is host only, or guest only: headers of both meet there with one of them switched off. */
  private async buildPart(part: string, steps: readonly Step[], base: readonly Warning[]): Promise<void> {
    const on = this.request.parts?.[part] ?? [];
    const off = policyRequests(this.request.symbols.filter((symbol) => !on.includes(symbol)), 'n');
    const own = filesOf(steps).filter((file) => isOld(file) && file.path.endsWith('.c'));
    const strict = { ...this.strict, config: mergeRequests(this.strict.config, off) };
    await this.compile(partCase(part), await this.targets(own, false), { kind: 'set', names: on, value: 'y', optional: false }, base, strict);
  }

  private async buildAllOff(steps: readonly Step[], base: readonly Warning[]): Promise<void> {
    if (this.request.symbols.length === 0) return;
    const files = filesOf(steps).filter(isOld);
    const own = files.filter((f) => f.path.endsWith('.c'));
    const targets = await this.targets(own.length > 0 ? own : files, false);
    await this.compile('build all off (W=1)', targets, { kind: 'set', names: this.request.symbols, value: 'n', optional: false }, base);
  }
}
