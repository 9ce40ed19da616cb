// SPDX-License-Identifier: MIT
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { diskFull, findPackage, removeStale, run, stagingDir, type PrivateApt } from '@unspin/debian';
import { fail, ok, type Diagnostic, type Result } from '@unspin/diagnostics';
import { qemuVersion } from './qemu.ts';
import { findTools } from './tools.ts';

/**
 * What the emulator of the host must be. From 8.0 on QEMU divides the instruction budget of virtual time between CPUs, without which 6.1
 * does not bring up its second CPU; from 8.1 on it locks pages while it translates, without which its threads run stale code.
 */
const OLDEST = [8, 1] as const;
/** All that differs from the packages the lab installs anyway; libraries are those of the system's QEMU. */
const PACKAGES = ['qemu-system-x86', 'qemu-system-data', 'seabios'] as const;
const SUITES = [['bookworm-backports']] as const;

export interface HostQemu {
  /** A program that starts it. */
  readonly binary: string;
  readonly version: string;
}

export interface HostQemuOptions {
  /** Where a private QEMU is kept. */
  readonly cacheDir: string;
  readonly etc?: string;
  readonly signal?: AbortSignal;
  readonly onStep?: (text: string) => void;
}

/** As of two numbers, below 0 where the first one is older. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map((part) => Number.parseInt(part, 10) || 0)) as [number[], number[]];
  const at = left.findIndex((part, i) => part !== (right[i] ?? 0));
  if (at >= 0) return left[at]! - (right[at] ?? 0);
  return right.slice(left.length).some((part) => part > 0) ? -1 : 0;
}

const isRecent = (version: string): boolean => compareVersions(version, OLDEST.join('.')) >= 0;

/**
 * The QEMU that emulates the host: the system's if it is recent enough, else one from Debian's backports, unpacked beside the lab's
 * other things and never installed. Where that cannot be had, the system's with a warning.
 */
export async function hostQemu(options: HostQemuOptions): Promise<Result<HostQemu>> {
  const tools = findTools(['qemu']);
  if (!tools.ok) return tools;
  const system: HostQemu = { binary: tools.value.qemu, version: await qemuVersion(tools.value.qemu) };
  if (isRecent(system.version)) return ok(system);

  const home = join(options.cacheDir, 'qemu');
  const kept = await newestKept(home);
  if (kept !== undefined) return ok(kept);
  const fetched = await fetchQemu(home, options);
  if (fetched.ok || options.signal?.aborted === true) return fetched;
  const why = fetched.diagnostics.map((d) => d.message).join('; ');
  return ok(system, [{ code: 'LAB_QEMU', severity: 'warning', message: `QEMU ${system.version} emulates the host: no newer one could be had (${why})`, help: `a QEMU from ${OLDEST.join('.')} on makes virtual time work for every tree` }]);
}

async function newestKept(home: string): Promise<HostQemu | undefined> {
  if (!existsSync(home)) return undefined;
  const binaries = readdirSync(home).filter((n) => !n.startsWith('.') && n !== 'apt').map((name) => join(home, name, 'qemu-system-x86_64')).filter((binary) => existsSync(binary));
  // Asked each, and not told by the folders' names: libraries of the system may have gone since.
  const kept = await Promise.all(binaries.map(async (binary): Promise<HostQemu> => ({ binary, version: await qemuVersion(binary) })));
  return kept.filter(({ version }) => isRecent(version)).sort((a, b) => compareVersions(b.version, a.version))[0];
}

async function fetchQemu(home: string, options: HostQemuOptions): Promise<Result<HostQemu>> {
  const { signal, onStep } = options;
  try {
    mkdirSync(home, { recursive: true });
    removeStale(home);
    const etc = options.etc === undefined ? {} : { etc: options.etc };
    const onSuites = (suites: string): void => onStep?.(`package lists of ${suites}`);
    const found = await findPackage({ package: PACKAGES[0], ownSuites: false, suites: SUITES }, { dir: join(home, 'apt'), onSuites, signal, ...etc });
    if (!found.ok) return found;
    if (!found.value.found) return fail([unavailable(found.value.tried)]);
    onStep?.(`${PACKAGES[0]} ${found.value.version}`);
    return await unpack(home, found.value.apt, found.value.version, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return fail([diskFull((error as Error).message)]);
    throw error;
  }
}

const unavailable = (tried: readonly string[]): Diagnostic => ({
  code: 'LAB_QEMU',
  severity: 'error',
  message: tried.length === 0 ? 'no Debian archive among the apt sources of this machine' : `${PACKAGES[0]} is not in ${tried.join(', ')}`,
});

async function unpack(home: string, apt: PrivateApt, version: string, signal: AbortSignal | undefined): Promise<Result<HostQemu>> {
  const temporary = stagingDir(home);
  try {
    const root = join(temporary, 'root');
    for (const name of PACKAGES) {
      const candidate = await apt.candidate(name);
      if (!candidate.ok) return candidate;
      if (candidate.value === undefined) return fail([unavailable([`the suite that has ${PACKAGES[0]} ${version}`])]);
      const downloaded = await apt.download(name, candidate.value, temporary);
      if (!downloaded.ok) return downloaded;
    }
    for (const archive of readdirSync(temporary).filter((n) => n.endsWith('.deb'))) {
      const extracted = await run('dpkg-deb', ['-x', join(temporary, archive), root], { signal });
      if (!extracted.ok) return extracted;
      rmSync(join(temporary, archive));
    }
    const wrapper = join(temporary, 'qemu-system-x86_64');
    writeFileSync(wrapper, WRAPPER);
    chmodSync(wrapper, 0o755);
    const says = await qemuVersion(wrapper);
    if (!isRecent(says)) return fail([{ code: 'LAB_QEMU', severity: 'error', message: `${PACKAGES[0]} ${version} does not run on this system${says === '' ? '' : ` (it says ${says})`}` }]);
    const final = join(home, version.replace(/[^\w.+~-]/g, '_'));
    rmSync(final, { recursive: true, force: true });
    renameSync(temporary, final);
    return ok({ binary: join(final, 'qemu-system-x86_64'), version: says });
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Finds its firmware beside it, wherever the cache lies. */
const WRAPPER = `#!/bin/sh
# SPDX-License-Identifier: MIT
here=$(dirname "$0")/root/usr
exec "$here/bin/qemu-system-x86_64" -L "$here/share/qemu" -L "$here/share/seabios" "$@"
`;
