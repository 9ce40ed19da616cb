// SPDX-License-Identifier: MIT
/** What to build of a tree as it lies there, for a patch and for a whole series. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { touchedFiles, type SeriesDir, type TouchedFile } from '../series.ts';
import { exists, type Workdir } from '../workdir.ts';
import { sparseFilter } from './strict.ts';
import { buildTargets, isOfKernel, makefileNames, type TreeView } from './targets.ts';

export const sourcesTouched = (files: readonly TouchedFile[]): readonly string[] => [...new Set(files.filter((f) => isOfKernel(f.path) && f.path.endsWith('.c') && !f.removed).map((f) => f.path))];

/** Whether the unpatched tree can build what a file stands for: not if the file is new, nor the objects that its new lines name. */
export const isOld = (file: TouchedFile): boolean => !file.added && file.objects === undefined;

export const targetsIn = async (workdir: Workdir, files: readonly TouchedFile[], headerUsers: boolean): Promise<readonly string[]> => buildTargets(files, await viewOf(workdir, files), headerUsers);

/** What of the unpatched tree a series is held against. */
export interface Base {
  readonly targets: readonly string[];
  /** Of the files sparse reads. */
  readonly patterns: readonly string[];
}

/** Each patch before the next is applied; only all of them together; or nothing, where a kernel is built of the series anyway. */
export type SeriesBuild = 'every patch' | 'whole' | 'nothing';

interface BaseRequest {
  readonly workdir: Workdir;
  readonly series: SeriesDir;
  readonly build: SeriesBuild;
  readonly headerUsers: boolean;
}

/** The checkout must be at the base. */
export async function baseOf({ workdir, series, build, headerUsers }: BaseRequest): Promise<Base> {
  const touched = series.patches.map((patch) => touchedFiles(patch.text));
  // A file that one patch adds may be touched by a later one.
  const added = new Set(touched.flat().filter((file) => file.added).map((file) => file.path));
  const patches = touched.map((files) => files.filter((file) => isOld(file) && !added.has(file.path)));
  const alone = build === 'every patch' ? await Promise.all(patches.map((own) => targetsIn(workdir, own, false))) : [];
  const targets = [...new Set([...alone.flat(), ...(await targetsIn(workdir, patches.flat(), headerUsers))])].sort();
  return { targets, patterns: build === 'nothing' ? [] : sparseFilter(targets, sourcesTouched(patches.flat())) };
}

async function viewOf({ src }: Workdir, files: readonly TouchedFile[]): Promise<TreeView> {
  const makefiles = new Map<string, string>();
  const dirs = new Set<string>();
  for (const { path } of files) {
    for (let dir = dirname(path); dir !== '.' && dir !== '/'; dir = dirname(dir)) {
      if (await exists(join(src, dir))) dirs.add(`${dir}/`);
      const makefile = dir === 'virt/kvm' ? 'Makefile.kvm' : 'Makefile';
      if (!makefiles.has(dir)) makefiles.set(dir, await readFile(join(src, dir, makefile), 'utf8').catch(() => ''));
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
