// SPDX-License-Identifier: MIT
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { chooseAccel, judgeProbe, type AccelOptions } from '../src/boot/accel.ts';
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

  describe.skipIf(!imageTools)('as a boot tells', () => {
    let n = 0;
    let count: string;
    let options: AccelOptions;
    const probe = (name: string, nested = ''): void => {
      const own = join(dir, `probe-${n++}`);
      mkdirSync(own);
      count = join(own, 'count');
      vi.stubEnv('PROBE_COUNT', count);
      vi.stubEnv('PROBE_NESTED', nested);
      options = { bzImage, cacheDir: own, device, machine: 'one', qemu: fileURLToPath(new URL(`./fake/${name}.sh`, import.meta.url)) };
    };
    const probes = (): number => readFileSync(count, 'utf8').length / 'run\n'.length;

    it('is KVM where it booted, and is asked only once', async () => {
      probe('qemu-probe', 'svm');
      const first = await chooseAccel(options);
      expect(first).toMatchObject({ ok: true, value: { kind: 'kvm' } });
      expect(await chooseAccel(options)).toEqual(first);
      expect(probes()).toBe(1);
      expect(readdirSync(options.cacheDir).filter((name) => name.startsWith('probe-'))).toEqual([]);
    });

    it('is asked again on a machine in another state, and where what was kept is damaged', async () => {
      probe('qemu-probe', 'none');
      for (const machine of ['one', 'two', 'two']) await chooseAccel({ ...options, machine });
      expect(probes()).toBe(2);
      const kept = readdirSync(options.cacheDir).filter((name) => name.startsWith('accel-'));
      expect(kept).toHaveLength(1);
      writeFileSync(join(options.cacheDir, kept[0]!), '{"kin');
      expect(await chooseAccel({ ...options, machine: 'two' })).toMatchObject({ ok: true, value: { kind: 'tcg', reason: expect.stringContaining('no nested') } });
      expect(probes()).toBe(3);
    });

    it('is TCG where QEMU gives up, and is asked only once', async () => {
      probe('qemu-probe-abort');
      const first = await chooseAccel(options);
      expect(first).toMatchObject({ ok: true, value: { kind: 'tcg', reason: 'KVM opens but did not boot the kernel: error: kvm run failed Bad address' } });
      expect(await chooseAccel(options)).toEqual(first);
      expect(probes()).toBe(1);
    });

    it('is TCG for now where the boot takes too long, and is asked each time', async () => {
      probe('qemu-probe-hang');
      for (const time of [1, 2]) {
        expect(await chooseAccel({ ...options, probeMs: 500 })).toMatchObject({ ok: true, value: { kind: 'tcg', reason: 'KVM opens but did not boot the kernel in time' } });
        expect(probes()).toBe(time);
      }
    });
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
