// SPDX-License-Identifier: MIT

/** A private apt: own source list, indexes and cache, so that nothing of the system's configuration or state changes. */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ok } from '@unspin/diagnostics';
import type { Result } from '@unspin/diagnostics';
import { parseAptSources, renderAptSources } from './apt-sources.ts';
import type { AptSource } from './apt-sources.ts';
import { run } from './run.ts';

/** All sources the machine's own configuration names; `etc` is its /etc/apt. */
export function readMachineSources(etc: string): readonly AptSource[] {
  const parts = join(etc, 'sources.list.d');
  const names = listNames(parts).filter((name) => /\.(list|sources)$/.test(name));
  return [join(etc, 'sources.list'), ...names.map((name) => join(parts, name))].flatMap((file) => {
    const text = readIfThere(file);
    return text === undefined ? [] : parseAptSources(file, text);
  });
}

export interface PrivateApt {
  /** Fetches the package indexes. */
  update(): Promise<Result<string>>;
  /** The newest version of a package, or undefined where no source has it. */
  candidate(name: string): Promise<Result<string | undefined>>;
  /** Downloads a package into `into`, going on where an earlier try stopped. */
  download(name: string, version: string, into: string): Promise<Result<string>>;
}

/** Sets up a private apt in `dir` (kept between runs: indexes are then fetched only where they changed). */
export function privateApt(dir: string, sources: readonly AptSource[], signal: AbortSignal | undefined): PrivateApt {
  for (const path of ['state/lists/partial', 'cache/archives/partial']) mkdirSync(join(dir, path), { recursive: true });
  const sourceList = join(dir, 'debian.sources');
  const status = join(dir, 'state', 'status');
  const configuration = join(dir, 'apt.conf');
  writeFileSync(sourceList, renderAptSources(sources));
  writeFileSync(status, '');
  const settings = {
    'Dir::Etc::SourceList': sourceList,
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::Etc::Preferences': '/dev/null',
    'Dir::Etc::PreferencesParts': '/dev/null',
    'Dir::State': join(dir, 'state'),
    'Dir::State::Lists': join(dir, 'state', 'lists'),
    'Dir::State::status': status,
    'Dir::Cache': join(dir, 'cache'),
    'Acquire::Languages': 'none',
    'Acquire::Retries': '2',
    // Any index that cannot be had is an error: an old one must not pass for the newest.
    'APT::Update::Error-Mode': 'any',
    // The directory need not be open to apt's own user.
    'APT::Sandbox::User': 'root',
  };
  // Hooks of the machine would touch its own caches.
  const hooks = ['Pre-Invoke', 'Post-Invoke', 'Post-Invoke-Success'].map((hook) => `#clear APT::Update::${hook};\n`);
  const lines = Object.entries(settings).map(([name, value]) => `${name} ${JSON.stringify(value)};\n`);
  writeFileSync(configuration, [...lines, ...hooks].join(''));

  const get = ['-c', configuration, '-q'];
  return {
    update: () => run('apt-get', [...get, 'update'], { signal }),
    candidate: async (name) => {
      const policy = await run('apt-cache', ['-c', configuration, 'policy', name], { signal });
      if (!policy.ok) return policy;
      const version = /^\s+Candidate:\s+(\S+)/m.exec(policy.value)?.[1];
      return ok(version === '(none)' ? undefined : version);
    },
    download: (name, version, into) => run('apt-get', [...get, 'download', `${name}=${version}`], { cwd: into, signal }),
  };
}

function listNames(dir: string): readonly string[] {
  try {
    return readdirSync(dir).sort();
  } catch {
    return [];
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
