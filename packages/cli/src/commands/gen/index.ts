// SPDX-License-Identifier: MIT
/**
 * `unspin gen`: policies in, patch series out. Everything is loaded, checked and rendered before the first byte is written.
 */
import { join } from 'node:path';
import type { PatchSeries } from '@unspin/compiler';
import type { Diagnostic } from '@unspin/diagnostics';
import { shownPath, userPath, type Context } from '../../context.ts';
import { mergeDiagnostics, type Outcome } from '../../output.ts';
import { compileJobs } from './compile.ts';
import { loadPolicies } from './inputs.ts';
import { KEPT_SERIES } from './kept.ts';
import { signOffIdentity, type GenOptions } from './options.ts';
import { readTemplates } from './templates.ts';
import { compareOutput, drift, isChanged, LAB_DIR, written, type FileStatus, type OutputFile } from './output.ts';
import { planJobs } from './trees.ts';
import { realFs, writeDiagnostic, writeOutput, type OutputFs } from './write.ts';

export async function runGen(context: Context, names: readonly string[], options: GenOptions, fs: OutputFs = realFs): Promise<Outcome> {
  const failed = (diagnostics: readonly Diagnostic[]): Outcome => ({ diagnostics: mergeDiagnostics(diagnostics), data: { files: [] } });
  const signOff = signOffIdentity(context, options.signOff);
  if (!signOff.ok) return failed(signOff.diagnostics);
  const policies = await loadPolicies(context, names);
  if (!policies.ok) return failed(policies.diagnostics);
  const jobs = await planJobs(context, policies.value, options.tree, names.length === 0 ? 'all' : 'named');
  if (!jobs.ok) return failed(jobs.diagnostics);
  const series = await compileJobs(jobs.value, readTemplates(join(context.root, 'kernel-templates')), {
    signOff: signOff.value,
    neverCalled: options.neverCalled,
    kept: context.toolId === undefined ? undefined : { dir: KEPT_SERIES, toolId: context.toolId },
  });
  if (!series.ok) return failed(series.diagnostics);
  if (context.signal.aborted) return failed([{ code: 'INTERRUPTED', severity: 'error', message: 'interrupted; nothing was written' }]);

  const out = options.out === undefined ? join(context.root, 'patches') : userPath(context, options.out);
  const shown = shownPath(context, out);
  const whole = names.length === 0 && options.tree === undefined && options.out === undefined;
  return finish({ out, shown, series: series.value, whole, options, fs });
}

interface Finish {
  readonly out: string;
  readonly shown: string;
  readonly series: ReadonlyMap<string, PatchSeries>;
  /** All policies for all trees into the default folder: what else lies there is left over. */
  readonly whole: boolean;
  readonly options: GenOptions;
  readonly fs: OutputFs;
}

async function finish({ out, shown, series, whole, options, fs }: Finish): Promise<Outcome> {
  let files: OutputFile[];
  try {
    files = compareOutput(out, series, whole);
  } catch (error) {
    const diagnostic = writeDiagnostic(shown, error);
    if (diagnostic === undefined) throw error;
    return { diagnostics: [diagnostic], data: { files: [] } };
  }
  const list = (status: (f: OutputFile) => FileStatus) => ({ files: files.map((f) => ({ path: `${shown}/${f.path}`, status: status(f) })) });
  const changed = files.filter(isChanged);

  if (options.check === true || options.diff === true) {
    const text = changed.length === 0 ? '' : await diffText(shown, changed);
    const data = { ...list(drift), diff: text };
    if (options.check !== true) return { diagnostics: [], data, text };
    return { diagnostics: staleDiagnostics(shown, changed, options), data, text: text === '' ? `${summary(series, files)}, all up to date\n` : text };
  }
  const done = writeOutput(out, shown, files, fs);
  if (!done.ok) return { diagnostics: done.diagnostics, data: list(drift) };
  const lines = changed.map((f) => `${written(f).padEnd(8)} ${shown}/${f.path}\n`).join('');
  return { diagnostics: [], data: list(written), text: `${lines}${summary(series, files)}, ${changed.length === 0 ? 'nothing to change' : `${changed.length} changed`}\n` };
}

function summary(series: ReadonlyMap<string, PatchSeries>, files: readonly OutputFile[]): string {
  return `${series.size} series, ${files.filter((f) => f.new !== undefined).length} files`;
}

/** One diagnostic per file; the first of each policy says what mends them all. */
function staleDiagnostics(shown: string, changed: readonly OutputFile[], options: GenOptions): Diagnostic[] {
  const says = { stale: 'differs from what its policy gives', missing: 'is missing', extra: 'is no longer generated' } as const;
  const flags = [options.tree === undefined ? '' : ` --tree ${options.tree}`, options.out === undefined ? '' : ` --out ${options.out}`, options.signOff === undefined ? '' : ' --sign-off'];
  const told = new Set<string>();
  return changed.map((file): Diagnostic => {
    const status = drift(file) as keyof typeof says;
    const [tree, policy] = file.path.split('/');
    // A series that no policy asks for, and the lab's, are only brought up to date along with all others.
    const help = `pnpm gen${tree === LAB_DIR || status === 'extra' ? '' : ` ${policy}`}${flags.join('')}`;
    const first = !told.has(help);
    told.add(help);
    return { code: 'GEN_STALE', severity: 'error', message: `${shown}/${file.path} ${says[status]}`, ...(first && { help: `bring it up to date: ${help}` }) };
  });
}

async function diffText(shown: string, changed: readonly OutputFile[]): Promise<string> {
  const { createTwoFilesPatch } = await import('diff');
  return changed
    .map((f) => {
      const name = `${shown}/${f.path}`;
      const from = f.old === undefined ? '/dev/null' : `a/${name}`;
      const to = f.new === undefined ? '/dev/null' : `b/${name}`;
      return createTwoFilesPatch(from, to, f.old ?? '', f.new ?? '').replace(/^=+\n/, '');
    })
    .join('');
}
