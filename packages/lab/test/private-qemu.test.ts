// SPDX-License-Identifier: MIT
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compareVersions, hostQemu } from '../src/boot/private-qemu.ts';

/** Stand-ins for QEMU, apt and dpkg-deb, found first on PATH. `SYSTEM` is the installed version, `BACKPORT` that of the package. */
const SHIMS: Readonly<Record<string, string>> = {
  'qemu-system-x86_64': 'echo "QEMU emulator version $SYSTEM (Debian)"',
  'apt-get': `echo "$*" >> "$LOG"
case " $* " in
*" update "*) [ -z "$OFFLINE" ] || { echo "Could not resolve" >&2; exit 100; };;
*" download "*) for last; do :; done; touch "\${last%%=*}_1_amd64.deb";;
esac`,
  'apt-cache': '[ -z "$BACKPORT" ] || printf "%s:\\n  Candidate: 1:10.0.2+ds-2~bpo12+1\\n" "$4"',
  'dpkg-deb': `mkdir -p "$3/usr/bin"
printf '#!/bin/sh\\necho "QEMU emulator version %s (Debian)"\\n' "$BACKPORT" > "$3/usr/bin/qemu-system-x86_64"
chmod +x "$3/usr/bin/qemu-system-x86_64"`,
};
const SETTINGS = { SYSTEM: '7.2.22', BACKPORT: '10.0.2', OFFLINE: '', LOG: '' };

let dir: string;
let path: string | undefined;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'unspin-qemu-'));
  mkdirSync(join(dir, 'bin'));
  mkdirSync(join(dir, 'etc'));
  for (const [name, body] of Object.entries(SHIMS)) {
    writeFileSync(join(dir, 'bin', name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(dir, 'bin', name), 0o755);
  }
  writeFileSync(join(dir, 'etc/sources.list'), 'deb http://deb.example.org/debian bookworm main\n');
  path = process.env['PATH'];
  process.env['PATH'] = `${join(dir, 'bin')}:${path}`;
  Object.assign(process.env, SETTINGS, { LOG: join(dir, 'log') });
});

afterEach(() => {
  process.env['PATH'] = path;
  for (const name of Object.keys(SETTINGS)) delete process.env[name];
  rmSync(dir, { recursive: true, force: true });
});

const get = () => hostQemu({ cacheDir: join(dir, 'cache'), etc: join(dir, 'etc') });

describe('hostQemu', () => {
  it('takes the system QEMU where it is recent enough', async () => {
    process.env['SYSTEM'] = '9.2.0';
    expect(await get()).toMatchObject({ ok: true, value: { binary: join(dir, 'bin/qemu-system-x86_64'), version: '9.2.0' }, diagnostics: [] });
    expect(existsSync(join(dir, 'cache'))).toBe(false);
  });

  it('unpacks one from backports otherwise, once, and lets it find its firmware', async () => {
    const binary = join(dir, 'cache/qemu/1_10.0.2+ds-2~bpo12+1/qemu-system-x86_64');
    expect(await get()).toMatchObject({ ok: true, value: { binary, version: '10.0.2' }, diagnostics: [] });
    expect(readFileSync(binary, 'utf8')).toContain('-L "$here/share/qemu" -L "$here/share/seabios"');
    const before = readFileSync(join(dir, 'log'), 'utf8');
    expect(before.match(/ download /g)).toHaveLength(3);
    expect(await get()).toMatchObject({ ok: true, value: { binary } });
    expect(readFileSync(join(dir, 'log'), 'utf8')).toBe(before);
  });

  it('takes the newest of those it unpacked before', async () => {
    for (const version of ['9.2.0', '10.0.2', '7.2.22']) {
      const at = join(dir, 'cache/qemu', `1_${version}+ds-1`);
      mkdirSync(at, { recursive: true });
      writeFileSync(join(at, 'qemu-system-x86_64'), `#!/bin/sh\necho "QEMU emulator version ${version} (Debian)"\n`);
      chmodSync(join(at, 'qemu-system-x86_64'), 0o755);
    }
    expect(await get()).toMatchObject({ ok: true, value: { version: '10.0.2' } });
  });

  it.each([
    ['the archive cannot be reached', { OFFLINE: 'yes' }, /Could not resolve/],
    ['no suite has it', { BACKPORT: '' }, /is not in bookworm-backports/],
    ['what there is does not run here', { BACKPORT: '7.9.9' }, /does not run on this system/],
  ])('goes on with the old one and says why where %s', async (_, settings, why) => {
    Object.assign(process.env, settings);
    const result = await get();
    expect(result).toMatchObject({ ok: true, value: { version: '7.2.22' }, diagnostics: [{ code: 'LAB_QEMU', severity: 'warning' }] });
    expect(result.diagnostics[0]?.message).toMatch(why);
    expect(readdirSync(join(dir, 'cache/qemu')).filter((n) => n !== 'apt')).toEqual([]);
  });
});

describe('compareVersions', () => {
  it.each([
    ['9.2', '10.0', -1],
    ['10.0.2', '10.0.10', -1],
    ['8.1', '8.0.5', 1],
    ['8.1.0', '8.1', 0],
    ['8.1', '8.1.1', -1],
    ['', '8.1', -1],
  ])('%s and %s', (a, b, sign) => {
    expect(Math.sign(compareVersions(a, b))).toBe(sign);
    expect(Math.sign(compareVersions(b, a))).toBe(sign === 0 ? 0 : -sign);
  });
});
