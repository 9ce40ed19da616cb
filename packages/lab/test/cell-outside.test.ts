// SPDX-License-Identifier: MIT
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuBound, experimentSchema } from '@unspin/experiment';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bootCell, type BootedCell } from '../src/experiment/boot-cell.ts';

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'unspin-outside-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const experiment = experimentSchema.parse({
  name: 'sample', title: 'A sample', question: 'Is it so?', trees: ['7.2'], seeds: 1,
  scenarios: { s: { vms: [{ name: 'a', vCpus: 1, workload: cpuBound() }] } }, arms: { off: {} },
  metrics: { yields: { title: 'yields', from: { kind: 'counter', scope: 'host', name: 'sched.yields' } } },
});

/** Boots with a QEMU that is this script; `$console` is the file its console goes to. */
async function boot(script: string): Promise<BootedCell> {
  const binary = join(dir, 'qemu');
  writeFileSync(binary, `#!/bin/sh\nfor a; do case $a in *path=*) console=\${a##*path=};; esac; done\n${script}\n`);
  chmodSync(binary, 0o755);
  writeFileSync(join(dir, 'host.cpio'), '');
  const images = { host: join(dir, 'host.cpio'), guestKernel: '/l2/bzImage', key: 'k', sha256: 'k', programs: [] };
  const booted = await bootCell({ kernel: { bzImage: join(dir, 'bzImage'), modules: dir }, experiment, cell: { tree: '7.2', scenario: 's', arm: 'off', seed: 1 }, images, qemu: { binary }, clock: 'virtual', workDir: join(dir, 'work') });
  if (!booted.ok) throw new Error(booted.diagnostics[0]?.message);
  return booted.value;
}

describe('a boot', () => {
  it('that was killed says nothing of its cell', async () => {
    expect(await boot('kill -KILL $$')).toMatchObject({ outside: true, result: { outcome: { verdict: 'lost-vm', evidence: expect.stringContaining('killed by SIGKILL') } } });
  });

  it('that panicked first, does', async () => {
    const booted = await boot('echo "Kernel panic - not syncing: no" >"$console"; kill -KILL $$');
    expect(booted).toMatchObject({ result: { outcome: { verdict: 'panic' } } });
    expect(booted.outside).toBeUndefined();
  });

  it('that went away by itself, does', async () => {
    const booted = await boot('echo up >"$console"; exit 0');
    expect(booted).toMatchObject({ result: { outcome: { verdict: 'lost-vm' } } });
    expect(booted.outside).toBeUndefined();
  });
});
