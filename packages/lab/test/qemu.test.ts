// SPDX-License-Identifier: MIT
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { qemuArgv, runQemu, type QemuAccel, type QemuRun, type QemuRunOptions } from '../src/boot/qemu.ts';
import { hostMachine } from '../src/boot/nest.ts';
import { judgeSmoke } from '../src/smoke/nested-smoke.ts';

const fake = (name: string): string => fileURLToPath(new URL(`./fake/qemu-${name}.sh`, import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'unspin-qemu-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function run(name: string, options: Partial<QemuRunOptions> = {}): Promise<QemuRun> {
  const result = await runQemu([], { binary: fake(name), silenceMs: 5000, totalMs: 5000, ...options });
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics));
  return result.value;
}

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    // A zombie nobody has reaped yet counts as gone.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

const facts = { accel: { kind: 'tcg', reason: 'test' }, clock: 'virtual', qemuVersion: '7.2', tree: '6.12', console: 'console.log' } as const;

describe('the command line', () => {
  it('is the same for the same machine', () => {
    const machine = hostMachine({ kind: 'tcg', clock: 'threads' }, { bzImage: '/k/bzImage', modules: '/k' }, '/w/host.cpio.gz');
    expect(qemuArgv(machine)).toEqual([
      '-machine', 'q35', '-accel', 'tcg,thread=multi', '-cpu', 'EPYC,+svm,-rdrand,-rdseed', '-smp', '2', '-m', '2048M', '-nodefaults', '-no-user-config',
      '-no-reboot', '-display', 'none', '-net', 'none', '-serial', 'stdio', '-kernel', '/k/bzImage', '-initrd', '/w/host.cpio.gz',
      '-append', 'console=ttyS0 panic=-1 tsc=reliable',
    ]);
  });

  it('ends the turns of several CPUs that share one thread', () => {
    const turns = /-netdev hubport,id=turns,hubid=0 -netdev hubport,id=end,hubid=1,netdev=turns -object filter-buffer,id=turn,netdev=turns,interval=100 /;
    const argv = (accel: QemuAccel, smp: number) => qemuArgv({ ...hostMachine(accel, { bzImage: 'k', modules: 'm' }, 'i'), smp }).join(' ');
    expect(argv({ kind: 'tcg', clock: 'virtual' }, 2)).toMatch(turns);
    expect(argv({ kind: 'tcg', clock: 'virtual' }, 1)).not.toMatch(turns);
    expect(argv({ kind: 'tcg', clock: 'threads' }, 2)).not.toMatch(turns);
    expect(argv({ kind: 'kvm' }, 2)).not.toMatch(turns);
  });

  it('gives KVM the processor as it is', () => {
    const argv = qemuArgv(hostMachine({ kind: 'kvm' }, { bzImage: 'k', modules: 'm' }, 'i'));
    expect(argv.slice(2, 6)).toEqual(['-accel', 'kvm', '-cpu', 'host']);
  });
});

describe('a run of QEMU', () => {
  it('names the Debian package where QEMU is missing', async () => {
    const result = await runQemu([], { binary: '/nowhere/qemu-system-x86_64', silenceMs: 1000, totalMs: 1000 });
    expect(result).toMatchObject({ ok: false, diagnostics: [{ code: 'LAB_TOOL_MISSING', help: expect.stringContaining('qemu-system-x86') }] });
  });

  it('is a hang when silent for too long, and leaves no process behind', async () => {
    const { end, lines } = await run('hang', { silenceMs: 300 });
    expect(end).toEqual({ kind: 'hang', silentMs: 300 });
    const child = Number(/^child (\d+)$/.exec(lines[1] ?? '')?.[1]);
    await expect.poll(() => alive(child)).toBe(false);
    expect(judgeSmoke({ end, lines, seconds: 1 }, facts, []).verdict).toBe('hang');
  });

  it('is a timeout when it talks but does not end', async () => {
    const { end } = await run('chatter', { totalMs: 300, silenceMs: 250 });
    expect(end).toEqual({ kind: 'timeout', totalMs: 300 });
  });

  it('is lost when QEMU dies', async () => {
    const { end, lines } = await run('killed');
    expect(end).toEqual({ kind: 'killed', signal: 'SIGSEGV' });
    expect(judgeSmoke({ end, lines, seconds: 1 }, facts, []).verdict).toBe('lost-vm');
  });

  it('is a panic although QEMU exits 0', async () => {
    const logFile = join(dir, 'panic.log');
    const { end, lines } = await run('panic', { logFile });
    expect(end).toEqual({ kind: 'exited', code: 0 });
    expect(judgeSmoke({ end, lines, seconds: 1 }, facts, []).verdict).toBe('panic');
    expect(readFileSync(logFile, 'utf8')).toBe('unspin: host up 6.12.1 cpus 2\nKernel panic - not syncing: Attempted to kill init!\n');
  });

  it('is judged all the same where its console cannot be kept, and says so', async () => {
    const full = await runQemu([], { binary: fake('panic'), silenceMs: 5000, totalMs: 5000, logFile: '/dev/full' });
    expect(full).toMatchObject({ ok: true, value: { end: { kind: 'exited' }, lines: { length: 2 } }, diagnostics: [{ code: 'LAB_DISK_FULL', severity: 'warning', message: expect.stringContaining('/dev/full'), help: expect.stringContaining('UNSPIN_CACHE') }] });
    const nowhere = await runQemu([], { binary: fake('panic'), silenceMs: 5000, totalMs: 5000, logFile: join(dir, 'nowhere/console.log') });
    expect(nowhere).toMatchObject({ ok: true, value: { lines: { length: 2 } }, diagnostics: [{ code: 'OUTPUT_NOT_WRITABLE', severity: 'warning' }] });
  });

  it('ends at once when interrupted', async () => {
    const controller = new AbortController();
    const { end } = await run('chatter', { signal: controller.signal, onLine: () => controller.abort() });
    expect(end).toEqual({ kind: 'interrupted' });
  });
});
