// SPDX-License-Identifier: MIT
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchTree } from '../src/fetch.ts';
import type { FetchOptions } from '../src/fetch.ts';

/**
 * Stand-ins for apt, dpkg-deb and tar, found first on PATH. `SUITES` names the suites the archive has, `HAS` the one that
 * carries the package.
 */
const SHIMS: Readonly<Record<string, string>> = {
  xz: 'exit 0',
  'apt-get': `conf=$2; dir=$(dirname "$conf")
echo "apt-get $*" >> "$LOG"
grep -h ^Suites: "$dir/debian.sources" >> "$LOG"
case " $* " in
*" update "*)
  [ -z "$UPDATE_ERROR" ] || { echo "$UPDATE_ERROR" >&2; exit 100; }
  for s in $(sed -n 's/^Suites: //p' "$dir/debian.sources"); do
    case " $SUITES " in *" $s "*) ;; *) echo "E: The repository 'http://deb.example.org/debian $s Release' does not have a Release file." >&2; exit 100;; esac
  done;;
*" download "*) [ -z "$SLOW" ] || exec sleep 30; touch linux-source-7.2_7.2.12-1_all.deb;;
esac`,
  'apt-cache': `dir=$(dirname "$2")
if grep -q "^Suites:.*\\b$HAS\\b" "$dir/debian.sources"; then printf 'linux-source-7.2:\\n  Installed: (none)\\n  Candidate: 7.2.12-1\\n'; fi`,
  'dpkg-deb': 'mkdir -p "$3"',
  tar: `[ -z "$TAR_ERROR" ] || { echo "$TAR_ERROR" >&2; exit 2; }
echo 'VERSION = 7' > "$4/Makefile"`,
};

let dir: string;
let path: string | undefined;
const SETTINGS = ['SUITES', 'HAS', 'UPDATE_ERROR', 'TAR_ERROR', 'SLOW', 'LOG'] as const;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'unspin-fetch-'));
  for (const sub of ['bin', 'etc/sources.list.d', 'cache']) mkdirSync(join(dir, sub), { recursive: true });
  for (const [name, body] of Object.entries(SHIMS)) {
    writeFileSync(join(dir, 'bin', name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(dir, 'bin', name), 0o755);
  }
  writeFileSync(join(dir, 'etc/sources.list'), 'deb http://deb.example.org/debian bookworm main\n');
  path = process.env['PATH'];
  process.env['PATH'] = `${join(dir, 'bin')}:${path}`;
  process.env['SUITES'] = 'bookworm testing unstable';
  process.env['HAS'] = 'testing';
  process.env['LOG'] = join(dir, 'log');
});

afterEach(() => {
  process.env['PATH'] = path;
  for (const name of SETTINGS) delete process.env[name];
  rmSync(dir, { recursive: true, force: true });
});

const fetch = (more: Partial<FetchOptions> = {}) => fetchTree({ tree: '7.2', into: join(dir, 'cache'), etc: join(dir, 'etc'), ...more });
const log = (): string => readFileSync(join(dir, 'log'), 'utf8');
const leftovers = (): readonly string[] => readdirSync(join(dir, 'cache/trees')).filter((name) => name.startsWith('.') || name.includes('7.2.12'));

describe('fetchTree', () => {
  it('goes through the suites until one has the package, and unpacks it once', async () => {
    const home = join(dir, 'cache/trees/7.2.12-1/linux');
    const phases: string[] = [];
    const first = await fetch({ onProgress: ({ phase }) => phases.push(phase) });
    expect(first).toMatchObject({ ok: true, value: { tree: '7.2', packageVersion: '7.2.12-1', dir: home, fresh: true } });
    expect(phases).toEqual(['update', 'update', 'update', 'download', 'unpack']);
    expect(existsSync(join(home, 'Makefile'))).toBe(true);
    expect(leftovers()).toEqual(['7.2.12-1']);
    expect(await fetch()).toMatchObject({ ok: true, value: { dir: home, fresh: false } });
    expect(log().match(/ download /g)).toHaveLength(1);
    expect(await fetch({ offline: true })).toMatchObject({ ok: true, value: { dir: home, fresh: false } });
  });

  it('tells which suites it looked in where none has the package', async () => {
    process.env['HAS'] = 'none';
    const result = await fetch();
    expect(result).toMatchObject({ ok: false, diagnostics: [{ code: 'TREE_FETCH_UNAVAILABLE' }] });
    expect(result.diagnostics[0]?.message).toBe(
      'linux-source-7.2 is in none of these suites: bookworm, trixie-backports (not in the archive), testing, unstable; skipped',
    );
    rmSync(join(dir, 'etc/sources.list'));
    expect(await fetch()).toMatchObject({ ok: false, diagnostics: [{ code: 'TREE_FETCH_UNAVAILABLE', message: expect.stringContaining('no Debian archive') }] });
    expect(await fetch({ offline: true })).toMatchObject({ ok: false, diagnostics: [{ code: 'TREE_FETCH_UNAVAILABLE' }] });
  });

  it('passes on what apt says where the archive cannot be reached', async () => {
    process.env['UPDATE_ERROR'] = "W: Failed to fetch http://deb.example.org/  Could not resolve 'deb.example.org'";
    const result = await fetch();
    expect(result).toMatchObject({ ok: false, diagnostics: [{ code: 'TREE_FETCH_FAILED', message: expect.stringContaining('Could not resolve') }] });
  });

  it('says so where the disk is full, and leaves no half tree', async () => {
    process.env['TAR_ERROR'] = 'tar: linux/MAINTAINERS: Cannot write: No space left on device';
    expect(await fetch()).toMatchObject({ ok: false, diagnostics: [{ code: 'LAB_DISK_FULL' }] });
    expect(leftovers()).toEqual([]);
  });

  it('names the package of a missing program', async () => {
    process.env['PATH'] = join(dir, 'empty');
    expect(await fetch()).toMatchObject({ ok: false, diagnostics: [{ code: 'LAB_TOOL_MISSING', help: "install Debian's package xz-utils" }] });
  });

  it('stops its programs when interrupted', async () => {
    process.env['SLOW'] = 'yes';
    const controller = new AbortController();
    const started = Date.now();
    const result = await fetch({ signal: controller.signal, onProgress: ({ phase }) => phase === 'download' && setTimeout(() => controller.abort(), 50) });
    expect(result).toMatchObject({ ok: false, diagnostics: [{ code: 'INTERRUPTED' }] });
    expect(Date.now() - started).toBeLessThan(5000);
    expect(leftovers()).toEqual([]);
  });

  it('keeps the version it had before, and none that is older', async () => {
    const had = (version: string, name: string): void => {
      mkdirSync(join(dir, 'cache/trees', version), { recursive: true });
      writeFileSync(join(dir, 'cache/trees', version, 'stamp.json'), JSON.stringify({ package: name, version }));
    };
    had('7.2.10-1', 'linux-source-7.2');
    had('7.2.11-1', 'linux-source-7.2');
    had('6.1.9-1', 'linux-source-6.1');
    writeFileSync(join(dir, 'cache/trees/7.2.json'), JSON.stringify({ package: 'linux-source-7.2', version: '7.2.11-1' }));
    expect(await fetch()).toMatchObject({ ok: true });
    expect(readdirSync(join(dir, 'cache/trees')).sort()).toEqual(['6.1.9-1', '7.2.11-1', '7.2.12-1', '7.2.json']);
  });

  it('clears away what a killed process left', async () => {
    mkdirSync(join(dir, 'cache/trees/.tmp-999999999-x'), { recursive: true });
    await fetch();
    expect(leftovers()).toEqual(['7.2.12-1']);
  });
});
