// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { ok, type Diagnostic, type Result } from '@unspin/diagnostics';
import { privateApt, readMachineSources, type PrivateApt } from './apt.ts';
import { debianSources, withSuites, type AptSource } from './apt-sources.ts';

export interface PackageWanted {
  readonly package: string;
  /** Whether the machine's own suites are asked first. */
  readonly ownSuites: boolean;
  /** Suites to try then, in order; those of one group are asked together. */
  readonly suites: readonly (readonly string[])[];
}

export interface FindOptions {
  /** Where the private apt's lists are kept. */
  readonly dir: string;
  /** The machine's apt configuration; /etc/apt where left out. */
  readonly etc?: string;
  readonly signal?: AbortSignal | undefined;
  readonly onSuites?: (suites: string) => void;
}

export type PackageFound =
  | { readonly found: true; readonly apt: PrivateApt; readonly version: string }
  /** Where it was looked for; empty where the machine names no Debian archive. */
  | { readonly found: false; readonly tried: readonly string[] };

/** Looks for a package's newest version, suite after suite, in the archives the machine already uses. */
export async function findPackage(wanted: PackageWanted, options: FindOptions): Promise<Result<PackageFound>> {
  const own = debianSources(readMachineSources(options.etc ?? '/etc/apt'));
  const groups: readonly { name: string; sources: readonly AptSource[] }[] = [
    ...(wanted.ownSuites ? [{ name: 'own suites', sources: own }] : []),
    ...wanted.suites.map((suites) => ({ name: suites.join(' '), sources: withSuites(own, suites) })),
  ];
  const tried: string[] = [];
  for (const { name, sources } of groups.filter((group) => group.sources.length > 0)) {
    const suites = sources.flatMap((source) => source.suites).join(' ');
    options.onSuites?.(suites);
    const apt = privateApt(join(options.dir, name.replace(/ /g, '_')), sources, options.signal);
    const update = await apt.update();
    if (!update.ok) {
      if (!update.diagnostics.some(isSuiteMissing)) return update;
      tried.push(`${suites} (not in the archive)`);
      continue;
    }
    const candidate = await apt.candidate(wanted.package);
    if (!candidate.ok) return candidate;
    if (candidate.value !== undefined) return ok({ found: true, apt, version: candidate.value });
    tried.push(suites);
  }
  return ok({ found: false, tried });
}

/** The archive answers and has no such suite, as opposed to an archive that does not answer. */
function isSuiteMissing({ message }: Diagnostic): boolean {
  return /(does not have|no longer has) a Release file/.test(message) && !/Could not (resolve|connect)|Temporary failure|timed out/i.test(message);
}
