// SPDX-License-Identifier: MIT
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { chooseAccel, judgeProbe } from '../src/boot/accel.ts';
import { findTools } from '../src/boot/tools.ts';

const dir = mkdtempSync(join(tmpdir(), 'unspin-accel-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

const bzImage = join(dir, 'bzImage');
writeFileSync(bzImage, 'kernel');
const device = join(dir, 'kvm');
writeFileSync(device, '');
const exited = { end: { kind: 'exited', code: 0 }, lines: [], stderr: '' } as const;
const imageTools = findTools(['busybox', 'cpio', 'gzip']).ok;

describe('the accelerator', () => {
  it('is TCG without /dev/kvm', async () => {
    const result = await chooseAccel({ bzImage, cacheDir: dir, device: '/nowhere/kvm' });
    expect(result).toMatchObject({ ok: true, value: { kind: 'tcg', reason: '/nowhere/kvm is missing' } });
  });

  it.skipIf(!imageTools)('is KVM once a boot has proved it, and is asked only once', async () => {
    const count = join(dir, 'count');
    vi.stubEnv('PROBE_COUNT', count);
    vi.stubEnv('PROBE_NESTED', 'svm');
    const options = { bzImage, cacheDir: join(dir, 'cache'), device, qemu: fileURLToPath(new URL('./fake/qemu-probe.sh', import.meta.url)) };
    const first = await chooseAccel(options);
    expect(first).toMatchObject({ ok: true, value: { kind: 'kvm' } });
    expect(await chooseAccel(options)).toEqual(first);
    expect(readFileSync(count, 'utf8')).toBe('run\n');
  });

  it.each([
    ['KVM cannot nest', { ...exited, lines: ['unspin: probe ok none'] }, /no nested virtualisation/],
    ['KVM hangs', { ...exited, end: { kind: 'hang', silentMs: 1 } }, /in time/],
    ['QEMU gives up', { ...exited, end: { kind: 'killed', signal: 'SIGABRT' }, stderr: 'x\nAssertion failed\n' }, /: Assertion failed$/],
    ['the kernel never came up', exited, /did not boot/],
  ] as const)('is TCG where %s', (_, run, reason) => {
    const choice = judgeProbe(run);
    expect(choice.kind).toBe('tcg');
    expect(choice.reason).toMatch(reason);
  });
});
