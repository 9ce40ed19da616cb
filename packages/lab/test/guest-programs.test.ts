// SPDX-License-Identifier: MIT
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { guestPrograms } from '../src/experiment/guest-programs.ts';
import { sha256 } from '../src/series.ts';

let dir: string;
beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'unspin-programs-')));
  for (const name of ['hackbench', 'dbench', 'wrk', 'client.txt']) writeFileSync(join(dir, name), `this is ${name}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true, force: true });
});

/** A machine with these packages: name → version and files. */
function debian(packages: Readonly<Record<string, readonly [string, readonly string[]]>>): void {
  mkdirSync(join(dir, 'bin'));
  const cases = Object.entries(packages).map(([name, [version, files]]) => `"-W ${name}") echo '${version}';;\n"-L ${name}") printf '%s\\n' ${files.join(' ')};;`);
  writeFileSync(join(dir, 'bin/dpkg-query'), `#!/bin/sh\nfor a; do last=$a; done\ncase "$1 $last" in\n${cases.join('\n')}\n*) exit 1;;\nesac\n`);
  chmodSync(join(dir, 'bin/dpkg-query'), 0o755);
  vi.stubEnv('PATH', `${join(dir, 'bin')}:${process.env['PATH'] ?? ''}`);
}

describe('programs in the images', () => {
  it('have the version of the package that they are a file of', async () => {
    debian({ 'rt-tests': ['2.4-2', [join(dir, 'hackbench')]], dbench: ['4.0-2.1', [join(dir, 'dbench'), join(dir, 'client.txt')]], wrk: ['4.1.0-3', ['/usr/bin/wrk']] });
    // As where /bin is a link.
    symlinkSync(join(dir, 'dbench'), join(dir, 'linked'));
    expect(await guestPrograms({ wrk: join(dir, 'wrk'), hackbench: join(dir, 'hackbench'), dbench: join(dir, 'linked'), dbenchLoad: join(dir, 'client.txt') })).toEqual([
      { name: 'client.txt', sha256: sha256('this is client.txt'), package: { name: 'dbench', version: '4.0-2.1' } },
      { name: 'dbench', sha256: sha256('this is dbench'), package: { name: 'dbench', version: '4.0-2.1' } },
      { name: 'hackbench', sha256: sha256('this is hackbench'), package: { name: 'rt-tests', version: '2.4-2' } },
      // The package has another file of that name.
      { name: 'wrk', sha256: sha256('this is wrk') },
    ]);
  });

  it('are told by their hashes where there is no Debian', async () => {
    debian({});
    expect(await guestPrograms({ hackbench: join(dir, 'hackbench') })).toEqual([{ name: 'hackbench', sha256: sha256('this is hackbench') }]);
    vi.stubEnv('PATH', '/nowhere');
    expect(await guestPrograms({ hackbench: join(dir, 'hackbench') })).toEqual([{ name: 'hackbench', sha256: sha256('this is hackbench') }]);
  });

  it('name no place of the machine', async () => {
    debian({ 'rt-tests': ['2.4-2', [join(dir, 'hackbench')]] });
    expect(JSON.stringify(await guestPrograms({ hackbench: join(dir, 'hackbench') }))).not.toContain(dir);
  });
});
