// SPDX-License-Identifier: MIT
import { mkdir, realpath, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fail, ok, type Result } from '@unspin/diagnostics';
import { buildFailure } from './build-errors.ts';
import { roomFor } from './free-space.ts';
import { claim } from './kept.ts';
import { withLock } from './lock.ts';
import type { LabHooks } from './progress.ts';
import { interrupted, run, type RunOptions, type RunResult } from './run.ts';
import { sha256, type PatchFile } from './series.ts';

/** Kernel sources on disk: fetched, unpacked or a checkout. They are read, never written. */
export interface TreeInput {
  readonly tree: string;
  readonly version: string;
  readonly dir: string;
}

/** A tree's repository, checkout and build folders, measured and rounded up. */
export const WORKDIR_BYTES = 4e9;
/** One for each reference tree, and one for sources of the user's own or those an archive had before. */
const KEPT_TREES = 4;

/**
 * Where one tree is patched and built. There is one checkout and one O= folder a tree, moved from series to
 * series: git and make then touch only what differs.
 */
export interface Workdir extends TreeInput {
  readonly root: string;
  /** Bare repository with the unpatched tree as its only root commit. */
  readonly git: string;
  /** The checkout patches are applied in. */
  readonly src: string;
  readonly base: string;
  /** O= of the kernels booted and of the per-patch builds. */
  readonly build: string;
  /** O= of the W=1 and sparse builds. */
  readonly strict: string;
  readonly logFile: string;
  readonly lock: string;
}

const IDENTITY = ['-c', 'user.name=unspin', '-c', 'user.email=unspin@localhost', '-c', 'commit.gpgSign=false', '-c', 'core.hooksPath=/dev/null', '-c', 'gc.auto=0'];
/** A tree that was built in place would refuse to be built elsewhere. */
const BUILD_PRODUCTS = ['.config', 'include/config/**', 'include/generated/**', 'arch/*/include/generated/**', '**/*.o', '**/*.ko', '**/*.cmd', 'vmlinux*'];
const FIXED_DATE = { GIT_AUTHOR_DATE: '2026-01-01T00:00:00Z', GIT_COMMITTER_DATE: '2026-01-01T00:00:00Z' };

export const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** git in the checkout, or with `args` that name a repository. */
export const git = (workdir: Pick<Workdir, 'src'>, args: readonly string[], options: RunOptions): Promise<RunResult> =>
  run({ program: 'git', args: [...IDENTITY, ...args], cwd: workdir.src, env: FIXED_DATE }, options);

/** Readies a tree: takes its sources into a repository of our own, once, and checks them out. */
export async function openWorkdir(input: TreeInput, cacheDir: string, hooks: LabHooks = {}): Promise<Result<Workdir>> {
  const dir = await realpath(input.dir);
  const { mtimeMs } = await stat(join(dir, 'Makefile'));
  const root = join(cacheDir, 'trees', `${input.version}-${sha256(`${dir}\n${mtimeMs}`).slice(0, 8)}`);
  const at = (name: string): string => join(root, name);
  const partial: Closed = { ...input, dir, root, git: at('base.git'), src: at('src'), build: at('build'), strict: at('strict'), logFile: at('log'), lock: at('lock') };
  const ours = await claim(dirname(root), basename(root), KEPT_TREES, hooks);
  if (!ours.ok) return ours;
  await mkdir(root, { recursive: true });
  // What others at work on this tree have said in it stays.
  if (ours.value.first) await writeFile(partial.logFile, '');
  const options: RunOptions = { ...hooks, logFile: partial.logFile };
  // What is ready needs no lock, which another may hold for an hour.
  if (!(await isReady(partial))) {
    const made = await withLock(partial.lock, hooks, () => makeReady(partial, hooks, options));
    if (!made.ok) return made;
  }
  const base = await baseOf(partial, options);
  return base.ok ? ok({ ...partial, base: base.value }) : base;
}

type Closed = Omit<Workdir, 'base'>;

const isReady = async ({ git: repository, src }: Closed): Promise<boolean> => (await exists(repository)) && (await exists(join(src, 'Makefile')));

const notReady = ({ tree, root, logFile }: Closed, result: RunResult, what: string): Result<never> => fail([buildFailure(result, { what: `${tree}: ${what}`, dir: root, logFile })]);

async function baseOf(closed: Closed, options: RunOptions): Promise<Result<string>> {
  const head = await git({ src: closed.root }, [`--git-dir=${closed.git}`, 'rev-parse', 'HEAD'], options);
  return head.ok ? ok(head.lines.at(-1) ?? '') : notReady(closed, head, 'reading the base commit');
}

/** Another process may have done some of it, or all, while we waited for the lock. */
async function makeReady(closed: Closed, hooks: LabHooks, options: RunOptions): Promise<Result<null>> {
  const { tree, version, dir, root, src } = closed;
  if (!(await exists(closed.git))) {
    const full = roomFor(`${tree}: checkout and builds`, root, WORKDIR_BYTES);
    if (full !== undefined) return fail([full]);
    hooks.onProgress?.({ kind: 'step', text: `${tree}: taking the sources into a repository` });
    const fresh = `${closed.git}.new`;
    await rm(fresh, { recursive: true, force: true });
    // All into one pack: a file for each would take longer to write, and much longer to check out.
    const bare = [`--git-dir=${fresh}`, `--work-tree=${dir}`, '-c', 'core.bigFileThreshold=1', '-c', 'core.compression=1'];
    // -f: Debian's source packages carry a .gitignore that names everything.
    const add = ['add', '-A', '-f', '--', '.', ...BUILD_PRODUCTS.map((glob) => `:(exclude,glob)${glob}`)];
    for (const args of [['init', '-q', '--bare', fresh], [...bare, ...add], [...bare, 'commit', '-q', '-m', `Linux ${version}`]]) {
      const result = await git({ src: dir }, args, options);
      if (!result.ok) return notReady(closed, result, 'taking in the sources');
    }
    await rename(fresh, closed.git);
  }
  if (await exists(join(src, 'Makefile'))) return ok(null);
  const base = await baseOf(closed, options);
  if (!base.ok) return base;
  hooks.onProgress?.({ kind: 'step', text: `${tree}: checking the sources out` });
  await rm(src, { recursive: true, force: true });
  for (const args of [['worktree', 'prune'], ['worktree', 'add', '-q', '-f', '--detach', src, base.value]]) {
    const result = await git({ src: root }, [`--git-dir=${closed.git}`, ...args], options);
    if (!result.ok) return notReady(closed, result, 'checking out');
  }
  return ok(null);
}

/** Moves the checkout. Files that are the same in both commits keep their times. */
export async function checkout(workdir: Workdir, commit: string, options: RunOptions): Promise<Result<null>> {
  for (const args of [['am', '--abort'], ['checkout', '-q', '-f', '--detach', commit], ['clean', '-q', '-f', '-d']]) {
    const result = await git(workdir, args, options);
    if (result.end.kind === 'interrupted') return fail([interrupted(`${workdir.tree}: checkout`)]);
    if (!result.ok && args[0] !== 'am') return fail([buildFailure(result, { what: `${workdir.tree}: git ${args[0]}`, dir: workdir.root, logFile: workdir.logFile })]);
  }
  return ok(null);
}

/** Names a state of the tree: the base with these patches on top. */
const stackRef = (patches: readonly PatchFile[]): string => `refs/unspin/${sha256(patches.map((p) => p.sha256).join('\n')).slice(0, 20)}`;

async function resolveRef(workdir: Workdir, ref: string, options: RunOptions): Promise<string | undefined> {
  const result = await git(workdir, ['rev-parse', '-q', '--verify', `${ref}^{commit}`], options);
  return result.ok ? result.lines.at(-1) : undefined;
}

/** Applies one patch to the checkout as it stands: `git am`, which knows no fuzz. */
export async function applyPatch(workdir: Workdir, patch: PatchFile, options: RunOptions): Promise<Result<null>> {
  const result = await git(workdir, ['am', '-q', '--no-3way', '--keep-cr', '--committer-date-is-author-date', patch.path], options);
  if (result.ok) return ok(null);
  await git(workdir, ['am', '--abort'], { ...options, signal: AbortSignal.any([]) });
  if (result.end.kind === 'interrupted') return fail([interrupted(`${workdir.tree}: git am`)]);
  const said = result.lines.filter((line) => /^(?:error|fatal|Patch failed|Applying)/.test(line)).slice(0, 6);
  return fail([{ code: 'LAB_APPLY_FAILED', severity: 'error', message: [`${workdir.tree}: ${patch.name} does not apply`, ...said.map((line) => `  ${line}`)].join('\n'), help: 'the tree has other sources there than the series was made for: unspin tree check' }]);
}

/** Files that patches changed, as they are before the checkout moves. */
interface Times {
  readonly head: string;
  readonly mtimes: ReadonlyMap<string, Date>;
}

const names = async (workdir: Workdir, args: readonly string[], options: RunOptions): Promise<readonly string[] | undefined> => {
  const result = await git(workdir, ['-c', 'core.quotePath=false', 'diff', '--name-only', '--no-renames', ...args], options);
  return result.ok ? result.lines : undefined;
};

async function timesBefore(workdir: Workdir, options: RunOptions): Promise<Times | undefined> {
  const head = await resolveRef(workdir, 'HEAD', options);
  const patched = head === undefined ? undefined : await names(workdir, [workdir.base, head], options);
  // What was left half-applied is not what its commit says.
  const dirty = await names(workdir, ['HEAD'], options);
  if (head === undefined || patched === undefined || dirty === undefined) return undefined;
  const mtimes = new Map<string, Date>();
  for (const name of patched.filter((n) => !dirty.includes(n))) {
    const found = await stat(join(workdir.src, name)).catch(() => undefined);
    if (found !== undefined) mtimes.set(name, found.mtime);
  }
  return { head, mtimes };
}

/** Patches are taken back and applied again on the way to another series. What is the same at both ends was not changed for make. */
async function keepTimes(workdir: Workdir, before: Times, options: RunOptions): Promise<void> {
  const moved = await names(workdir, [before.head, 'HEAD'], options);
  if (moved === undefined) return;
  for (const [name, mtime] of before.mtimes) if (!moved.includes(name)) await utimes(join(workdir.src, name), mtime, mtime);
}

/** Puts the checkout at base + patches and returns a commit for each: `[base, after 1st, …]`. */
export async function checkoutSeries(workdir: Workdir, patches: readonly PatchFile[], options: RunOptions): Promise<Result<readonly string[]>> {
  const before = await timesBefore(workdir, options);
  const moved = await moveTo(workdir, patches, options);
  if (moved.ok && before !== undefined) await keepTimes(workdir, before, options);
  return moved;
}

async function moveTo(workdir: Workdir, patches: readonly PatchFile[], options: RunOptions): Promise<Result<readonly string[]>> {
  const commits = [workdir.base];
  for (let n = patches.length; n >= 0; n--) {
    const done = n === 0 ? workdir.base : await resolveRef(workdir, stackRef(patches.slice(0, n)), options);
    if (done === undefined) continue;
    const moved = await checkout(workdir, done, options);
    if (!moved.ok) return moved;
    for (const [i, patch] of patches.entries()) {
      if (i < n) {
        const commit = await resolveRef(workdir, stackRef(patches.slice(0, i + 1)), options);
        commits.push(commit ?? done);
        continue;
      }
      const applied = await applyPatch(workdir, patch, options);
      if (!applied.ok) return applied;
      const commit = (await resolveRef(workdir, 'HEAD', options)) ?? '';
      const kept = await git(workdir, ['update-ref', stackRef(patches.slice(0, i + 1)), commit], options);
      if (!kept.ok) return fail([buildFailure(kept, { what: `${workdir.tree}: git update-ref`, dir: workdir.root })]);
      commits.push(commit);
    }
    break;
  }
  return ok(commits);
}
