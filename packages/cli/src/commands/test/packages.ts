// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { BASE_TOOLS, findTools, machinePlaces, missingBuildTools, run, type BootToolName } from '@unspin/lab';
import { fail, ok, type Diagnostic, type Result } from '@unspin/diagnostics';
import type { Context } from '../../context.ts';
import type { Say } from '../../steps.ts';

/** Packages that give more than the tools named: QEMU's firmware, sparse for its warnings, xz for sources, a browser that looks at reports. */
const ALWAYS = ['qemu-system-data', 'seabios', 'sparse', 'xz-utils', 'ca-certificates', 'chromium'] as const;
/** Where the reports' test expects it; that test skips itself without, and says so. */
const CHROMIUM = '/usr/bin/chromium';

function missing(workloads: readonly BootToolName[]): readonly Diagnostic[] {
  const boot = findTools([...new Set([...BASE_TOOLS, ...workloads])]);
  const build = missingBuildTools(machinePlaces());
  return [...(boot.ok ? [] : boot.diagnostics), ...(build === undefined ? [] : [build])];
}

/** Packages the diagnostics' help lines ask for. */
const packagesIn = (diagnostics: readonly Diagnostic[]): string[] => [
  ...new Set([...diagnostics.flatMap((d) => /apt-get install (.+)$/.exec(d.help ?? '')?.[1]?.split(' ') ?? []), ...ALWAYS]),
].sort();

/** Makes sure the lab's programs are there; as root on a Debian system it installs what is missing and says so. */
export async function ensurePackages(context: Context, say: Say, workloads: readonly BootToolName[] = []): Promise<Result<string>> {
  const absent = missing(workloads);
  const sparse = await run({ program: 'sparse', args: ['--version'] }, { signal: context.signal });
  const without = [...(sparse.end.kind === 'missing' ? ['sparse'] : []), ...(existsSync(CHROMIUM) ? [] : ['chromium'])];
  if (absent.length === 0 && without.length === 0) return ok('all there');
  const packages = packagesIn(absent);
  const apt = await run({ program: 'apt-get', args: ['--version'] }, { signal: context.signal });
  if (process.getuid?.() !== 0 || !apt.ok) {
    return absent.length === 0 ? ok(`all there but ${without.join(', ')}`) : fail(absent.map((d) => ({ ...d, help: `apt-get install --no-install-recommends ${packages.join(' ')}` })));
  }
  say(`apt-get install ${packages.join(' ')}`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [['update', '-qq'], ['install', '-y', '-qq', '--no-install-recommends', ...packages]]) {
    const done = await run({ program: 'apt-get', args, env }, { signal: context.signal });
    if (done.end.kind === 'interrupted') return fail([{ code: 'INTERRUPTED', severity: 'error', message: 'installing packages: interrupted' }]);
    if (!done.ok && args[0] === 'install') return fail([{ code: 'LAB_TOOL_MISSING', severity: 'error', message: ['apt-get install failed', ...done.lines.slice(-5)].join('\n'), help: `apt-get install --no-install-recommends ${packages.join(' ')}` }]);
  }
  const still = missing(workloads);
  return still.length > 0 ? fail(still) : ok(`installed ${packages.join(' ')}`);
}
