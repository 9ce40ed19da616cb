// SPDX-License-Identifier: MIT
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { policyText, PV_LOCK, TestProject } from './project.ts';

afterEach(() => void vi.unstubAllEnvs());

/** A project whose `unspin` and `pnpm` note what they are called with and end as `cases` of sh says. */
function project(cases: string): TestProject {
  const p = new TestProject({ p: policyText('p', PV_LOCK) });
  for (const name of ['unspin', 'bin/pnpm']) {
    const path = join(p.root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `#!/bin/sh\necho "${name} $*" >>"${p.root}/calls"\ncase "${name} $*" in\n${cases}\nesac\n`);
    chmodSync(path, 0o755);
  }
  vi.stubEnv('PATH', `${join(p.root, 'bin')}:${process.env['PATH']}`);
  return p;
}

const calls = (p: TestProject): string[] => readFileSync(join(p.root, 'calls'), 'utf8').trimEnd().split('\n');

describe('bench', () => {
  it('times gen and gen --check, by themselves and with pnpm, then the stages', async () => {
    const p = project('*) exit 0 ;;');
    const { code, stdout } = await p.run('bench', '--runs', '2');
    expect(code).toBe(0);
    expect(stdout.split('\n')[0]).toBe('2 runs, 2 policy × tree pairs');
    expect([...stdout.matchAll(/^(\w+: .*?) +min +[\d.]+ ms {3}median +[\d.]+ ms$/gm)].map((m) => m[1])).toEqual([
      'process: ./unspin gen --check', 'process: ./unspin gen', 'process: pnpm gen --check', 'process: pnpm gen', 'process: pnpm --version',
      'stage: load policies', 'stage: read facts', 'stage: read templates', 'stage: compile',
    ]);
    const twice = (call: string): string[] => [call, call];
    expect(calls(p)).toEqual(['bin/pnpm --version', ...['unspin gen --check', 'unspin gen', 'bin/pnpm gen --check', 'bin/pnpm gen', 'bin/pnpm --version'].flatMap(twice)]);
  });

  it('fails where gen --check does, before anything is written', async () => {
    const p = project('"unspin gen --check") echo "patches/x is stale" >&2; exit 1 ;;');
    expect(await p.json('bench')).toMatchObject({ ok: false, code: 1, diagnostics: [{ code: 'BENCH_FAILED', message: './unspin gen --check: exit code 1\npatches/x is stale' }] });
    expect(calls(p).filter((call) => call.startsWith('unspin'))).toEqual(['unspin gen --check']);
  });

  it('fails where pnpm gen does, also by a signal', async () => {
    expect(await project('"bin/pnpm gen") kill -TERM $$ ;;').json('bench', '--runs', '1')).toMatchObject({ code: 1, diagnostics: [{ code: 'BENCH_FAILED', message: 'pnpm gen: SIGTERM' }] });
  });

  it('does without pnpm', async () => {
    const { code, stdout } = await project('"bin/pnpm --version") exit 1 ;;').run('bench', '--runs', '1');
    expect(code).toBe(0);
    expect(stdout).not.toContain('pnpm');
  });

  it('takes whole numbers', async () => {
    expect(await new TestProject({}).json('bench', '--runs', '0')).toMatchObject({ code: 2, diagnostics: [{ code: 'USAGE' }] });
  });
});
