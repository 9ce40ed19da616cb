// SPDX-License-Identifier: MIT
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, ok } from '@unspin/diagnostics';
import type { Diagnostic, Result } from '@unspin/diagnostics';
import { privateApt, readMachineSources } from './apt.ts';
import type { PrivateApt } from './apt.ts';
import { debianSources, withSuites } from './apt-sources.ts';
import type { AptSource } from './apt-sources.ts';
import { cacheDir } from './cache.ts';
import { findReferenceTree } from './reference.ts';
import type { ReferenceTree } from './reference.ts';
import { diskFull, interrupted, run, toolMissing } from './run.ts';

export interface FetchProgress {
  readonly phase: 'update' | 'download' | 'unpack' | 'present';
  readonly message: string;
}

export interface FetchOptions {
  readonly tree: string;
  /** Cache directory; `cacheDir()` where left out. */
  readonly into?: string;
  /** Use the newest tree fetched before, without asking apt. */
  readonly offline?: boolean;
  readonly onProgress?: (progress: FetchProgress) => void;
  readonly signal?: AbortSignal;
  /** The machine's apt configuration; /etc/apt where left out. */
  readonly etc?: string;
}

export interface FetchedTree {
  readonly tree: string;
  readonly package: string;
  readonly packageVersion: string;
  /** Top directory of the unpacked kernel. */
  readonly dir: string;
  /** Whether this call unpacked it; false where it was there already. */
  readonly fresh: boolean;
}

/**
 * Gets the sources of a reference tree from the Debian archives the machine already uses, asking for the newest package
 * each time, and unpacks them to `<cache>/trees/<package version>/linux`. A tree appears there whole or not at all.
 */
export async function fetchTree(options: FetchOptions): Promise<Result<FetchedTree>> {
  const tree = findReferenceTree(options.tree);
  if (!tree.ok) return tree;
  const cache = options.into ?? cacheDir();
  if (options.offline === true) return fetchedBefore(tree.value, cache);
  try {
    mkdirSync(join(cache, 'trees'), { recursive: true });
    removeStaleTemporaries(join(cache, 'trees'));
    return await fetchOnline(tree.value, cache, options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return fail([diskFull((error as Error).message)]);
    throw error;
  }
}

/** The tree of an earlier fetch, if it is still there. */
export function fetchedBefore(tree: ReferenceTree, cache: string): Result<FetchedTree> {
  const version = readStamp(join(cache, 'trees', `${tree.name}.json`))?.version;
  const known = version === undefined ? undefined : present(tree, cache, version);
  if (known !== undefined) return ok(known);
  const message = `no sources of tree ${tree.name} were fetched before; skipped`;
  return fail([{ code: 'TREE_FETCH_UNAVAILABLE', severity: 'error', message, help: `unspin tree fetch ${tree.name}` }]);
}

interface Stamp {
  readonly package: string;
  readonly version: string;
}

async function fetchOnline(tree: ReferenceTree, cache: string, options: FetchOptions): Promise<Result<FetchedTree>> {
  const { signal, onProgress } = options;
  const xz = await run('xz', ['--version'], { signal });
  if (!xz.ok) return signal?.aborted === true ? xz : fail([toolMissing('xz')]);

  const found = await findPackage(tree, cache, options);
  if (!found.ok) return found;
  const { apt, version } = found.value;
  const known = present(tree, cache, version);
  if (known !== undefined) {
    onProgress?.({ phase: 'present', message: `${tree.package} ${version} is there already` });
    remember(tree, cache, version);
    return ok(known);
  }

  onProgress?.({ phase: 'download', message: `${tree.package} ${version}` });
  const downloads = join(cache, 'apt', tree.name, 'downloads');
  mkdirSync(downloads, { recursive: true });
  const download = await apt.download(tree.package, version, downloads);
  if (!download.ok) return download;
  onProgress?.({ phase: 'unpack', message: `${tree.package} ${version}` });
  return unpack(tree, cache, version, downloads, signal);
}

/** Asks the machine's own suites first, then each group of further ones, until one has the package. */
async function findPackage(tree: ReferenceTree, cache: string, options: FetchOptions): Promise<Result<{ apt: PrivateApt; version: string }>> {
  const own = debianSources(readMachineSources(options.etc ?? '/etc/apt'));
  const groups: readonly { name: string; sources: readonly AptSource[] }[] = [
    { name: 'own suites', sources: own },
    ...tree.suites.map((suites) => ({ name: suites.join(' '), sources: withSuites(own, suites) })),
  ];
  const tried: string[] = [];
  for (const { name, sources } of groups.filter((group) => group.sources.length > 0)) {
    const suites = sources.flatMap((source) => source.suites).join(' ');
    options.onProgress?.({ phase: 'update', message: `package lists of ${suites}` });
    const apt = privateApt(join(cache, 'apt', tree.name, name.replace(/ /g, '_')), sources, options.signal);
    const update = await apt.update();
    if (!update.ok) {
      if (!update.diagnostics.some(isSuiteMissing)) return update;
      tried.push(`${suites} (not in the archive)`);
      continue;
    }
    const candidate = await apt.candidate(tree.package);
    if (!candidate.ok) return candidate;
    if (candidate.value !== undefined) return ok({ apt, version: candidate.value });
    tried.push(suites);
  }
  return fail([unavailable(tree, tried)]);
}

/** The archive answers and has no such suite, as opposed to an archive that does not answer. */
function isSuiteMissing({ message }: Diagnostic): boolean {
  return /(does not have|no longer has) a Release file/.test(message) && !/Could not (resolve|connect)|Temporary failure|timed out/i.test(message);
}

function unavailable(tree: ReferenceTree, tried: readonly string[]): Diagnostic {
  const message =
    tried.length === 0
      ? 'no Debian archive among the apt sources of this machine; skipped'
      : `${tree.package} is in none of these suites: ${tried.join(', ')}; skipped`;
  return { code: 'TREE_FETCH_UNAVAILABLE', severity: 'error', message, help: `use sources of your own with --tree DIR` };
}

async function unpack(
  tree: ReferenceTree,
  cache: string,
  version: string,
  downloads: string,
  signal: AbortSignal | undefined,
): Promise<Result<FetchedTree>> {
  const trees = join(cache, 'trees');
  const temporary = mkdtempSync(join(trees, `.tmp-${process.pid}-`));
  try {
    // apt writes the version's colon, if any, as %3a.
    const archive = readdirSync(downloads).find((name) => name.startsWith(`${tree.package}_${version.replaceAll(':', '%3a')}_`));
    if (archive === undefined) throw new Error(`apt-get download left no ${tree.package} ${version}`);
    const contents = join(temporary, 'package');
    const linux = join(temporary, 'tree', 'linux');
    mkdirSync(linux, { recursive: true });
    const extracted = await run('dpkg-deb', ['-x', join(downloads, archive), contents], { signal });
    if (!extracted.ok) return extracted;
    const tarball = join(contents, 'usr', 'src', `${tree.package}.tar.xz`);
    const unpacked = await run('tar', ['-xJf', tarball, '-C', linux, '--strip-components=1'], { signal });
    if (!unpacked.ok) return unpacked;
    if (signal?.aborted === true) return fail([interrupted()]);
    writeStamp(join(temporary, 'tree', 'stamp.json'), { package: tree.package, version });
    const final = join(trees, version);
    rmSync(final, { recursive: true, force: true });
    renameSync(join(temporary, 'tree'), final);
    rmSync(downloads, { recursive: true, force: true });
    remember(tree, cache, version);
    return ok({ tree: tree.name, package: tree.package, packageVersion: version, dir: join(final, 'linux'), fresh: true });
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function present(tree: ReferenceTree, cache: string, version: string): FetchedTree | undefined {
  const home = join(cache, 'trees', version);
  if (readStamp(join(home, 'stamp.json'))?.package !== tree.package) return undefined;
  return { tree: tree.name, package: tree.package, packageVersion: version, dir: join(home, 'linux'), fresh: false };
}

/** Notes which version of a tree was fetched last, for offline use. */
function remember(tree: ReferenceTree, cache: string, version: string): void {
  writeStamp(join(cache, 'trees', `${tree.name}.json`), { package: tree.package, version });
}

function writeStamp(file: string, stamp: Stamp): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(stamp)}\n`);
  renameSync(`${file}.new`, file);
}

function readStamp(file: string): Stamp | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Stamp;
  } catch {
    return undefined;
  }
}

/** Removes what a killed process left half-unpacked. */
function removeStaleTemporaries(trees: string): void {
  for (const name of readdirSync(trees)) {
    const pid = /^\.tmp-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(trees, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
