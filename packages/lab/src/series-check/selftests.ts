// SPDX-License-Identifier: MIT
/** KVM's own tests, tools/testing/selftests/kvm: programs of user space, which kbuild does not build. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, ok, type Result } from '@unspin/diagnostics';
import { buildFailure } from '../build-errors.ts';
import { machinePlaces, missingBuildTools } from '../build-tools.ts';
import { cores, makeArgs } from '../build.ts';
import { withLock } from '../lock.ts';
import type { LabHooks } from '../progress.ts';
import { run, type RunOptions } from '../run.ts';
import { touchedFiles, type SeriesDir, type TouchedFile } from '../series.ts';
import { checkoutSeries, type Workdir } from '../workdir.ts';

const FOLDER = 'tools/testing/selftests/kvm/';

/** Programs, by their names below that folder, whose sources are touched. */
export const selftestsOf = (files: readonly TouchedFile[]): readonly string[] => [
  ...new Set(files.filter(({ path, removed }) => path.startsWith(FOLDER) && path.endsWith('.c') && !removed).map(({ path }) => path.slice(FOLDER.length, -'.c'.length))),
];

export interface SelftestBuild {
  readonly workdir: Workdir;
  readonly names: readonly string[];
  /** Folder that is made anew. */
  readonly out: string;
  readonly jobs: number;
}

/** Paths of the programs. Fails, too, where one of their sources is warned of. */
export async function buildSelftests({ workdir, names, out, jobs }: SelftestBuild, hooks: LabHooks, options: RunOptions): Promise<Result<readonly string[]>> {
  const { tree, src, strict, logFile } = workdir;
  const headers = await run({ program: 'make', args: ['-s', ...makeArgs(workdir, strict, jobs, hooks), 'headers'] }, options);
  if (!headers.ok) return fail([buildFailure(headers, { what: `${tree}: make headers`, dir: strict, src, logFile })]);
  // What is there may be made from other headers, which their Makefile does not ask in every tree.
  await rm(out, { recursive: true, force: true });
  const programs = names.map((name) => join(out, name));
  const args = ['-s', '-C', join(src, FOLDER), `-j${jobs}`, `OUTPUT=${out}`, `KHDR_INCLUDES=-isystem ${join(strict, 'usr/include')}`, ...programs];
  // Static: images have no libraries.
  const made = await run({ program: 'make', args, env: { LDFLAGS: '-static' } }, options);
  if (!made.ok) return fail([buildFailure(made, { what: `${tree}: make of selftests ${names.join(' ')}`, dir: out, src, logFile })]);
  const warned = made.lines.filter((line) => /\bwarning:/.test(line) && names.some((name) => line.includes(`${name}.c:`)));
  if (warned.length > 0) return fail([{ code: 'LAB_NEW_WARNINGS', severity: 'error', message: [`${tree}: selftests: ${warned.length} warnings`, ...warned.map((line) => `  ${line}`)].join('\n') }]);
  return ok(programs);
}

/** Of a series, with all of its patches applied: the tests that it touches, in a folder that no other build writes to. */
export async function seriesSelftests(workdir: Workdir, series: SeriesDir, out: string, hooks: LabHooks = {}): Promise<Result<readonly string[]>> {
  const missing = missingBuildTools(machinePlaces(hooks.env));
  if (missing !== undefined) return fail([missing]);
  const names = selftestsOf(series.patches.flatMap(({ text }) => touchedFiles(text)));
  if (names.length === 0) return ok([]);
  return withLock(workdir.lock, hooks, async () => {
    hooks.onProgress?.({ kind: 'step', text: `${workdir.tree}: selftests ${names.join(' ')}` });
    const options: RunOptions = { ...hooks, logFile: workdir.logFile };
    const at = await checkoutSeries(workdir, series.patches, options);
    return at.ok ? buildSelftests({ workdir, names, out, jobs: cores() }, hooks, options) : at;
  });
}
