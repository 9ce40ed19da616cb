// SPDX-License-Identifier: MIT
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, diskFull, findPackage, interrupted, removeStale, run, stagingDir, toolMissing } from '@unspin/debian';
import { fail, ok } from '@unspin/diagnostics';
import type { Diagnostic, Result } from '@unspin/diagnostics';
import { findReferenceTree } from './reference.ts';
import type { ReferenceTree } from './reference.ts';

/** The largest tree, packed and unpacked, rounded up. */
export const SOURCES_BYTES = 2e9;

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
 * each time, and unpacks them to `<cache>/trees/<package version>/linux`. A tree appears there whole or not at all. Of each
 * tree the version fetched before is kept as well, older ones are not.
 */
export async function fetchTree(options: FetchOptions): Promise<Result<FetchedTree>> {
  const tree = findReferenceTree(options.tree);
  if (!tree.ok) return tree;
  const cache = options.into ?? cacheDir();
  if (options.offline === true) return fetchedBefore(tree.value, cache);
  try {
    mkdirSync(join(cache, 'trees'), { recursive: true });
    removeStale(join(cache, 'trees'));
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

  const onSuites = (suites: string): void => onProgress?.({ phase: 'update', message: `package lists of ${suites}` });
  const etc = options.etc === undefined ? {} : { etc: options.etc };
  const found = await findPackage({ package: tree.package, ownSuites: true, suites: tree.suites }, { dir: join(cache, 'apt', tree.name), onSuites, signal, ...etc });
  if (!found.ok) return found;
  if (!found.value.found) return fail([unavailable(tree, found.value.tried)]);
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
  const temporary = stagingDir(trees);
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
    removeOld(tree, cache, version);
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

/** Removes a tree's versions but for this one and the one remembered, which another unspin may be reading. */
function removeOld(tree: ReferenceTree, cache: string, version: string): void {
  const trees = join(cache, 'trees');
  const kept = [version, readStamp(join(trees, `${tree.name}.json`))?.version];
  for (const name of readdirSync(trees)) {
    if (kept.includes(name) || readStamp(join(trees, name, 'stamp.json'))?.package !== tree.package) continue;
    const gone = stagingDir(trees);
    renameSync(join(trees, name), join(gone, name));
    rmSync(gone, { recursive: true, force: true });
  }
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
