// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { access, constants, mkdir, readFile, rm } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ok, type Result } from '@unspin/diagnostics';
import writeFileAtomic from 'write-file-atomic';
import { writeInitramfs } from './initramfs.ts';
import { qemuArgv, qemuVersion, runQemu, type QemuRun } from './qemu.ts';
import { findTools } from './tools.ts';

export interface AccelChoice {
  readonly kind: 'kvm' | 'tcg';
  readonly reason: string;
}

export interface AccelOptions {
  readonly bzImage: string;
  /** Where the answer is kept, by kernel and QEMU version, for as long as the machine is in the same state. */
  readonly cacheDir: string;
  readonly qemu?: string;
  readonly device?: string;
  readonly probeMs?: number;
  /** State of the machine; read from it where left out. */
  readonly machine?: string;
  readonly signal?: AbortSignal;
}

const PROBE_INIT = fileURLToPath(new URL('../../guest/probe-init.sh', import.meta.url));
const PROBE_MS = 20_000;

/** What a probe's run says. Only the marker from inside counts: KVM may open, make a VM, and then not run a kernel. */
export function judgeProbe(run: Pick<QemuRun, 'end' | 'lines' | 'stderr'>): AccelChoice {
  const nested = run.lines.map((line) => /^unspin: probe ok (\S+)$/.exec(line.trim())?.[1]).find((found) => found !== undefined);
  if (nested === 'svm' || nested === 'vmx') return { kind: 'kvm', reason: `KVM booted the kernel and offers nested ${nested}` };
  if (nested !== undefined) return { kind: 'tcg', reason: 'KVM works but offers no nested virtualisation' };
  const said = run.stderr.trim().split('\n').at(-1) ?? '';
  switch (run.end.kind) {
    case 'hang':
    case 'timeout':
      return { kind: 'tcg', reason: 'KVM opens but did not boot the kernel in time' };
    default:
      return { kind: 'tcg', reason: `KVM opens but did not boot the kernel${said === '' ? '' : `: ${said}`}` };
  }
}

/** All that an answer hangs on besides kernel and QEMU: another kernel of the machine, a boot of it, or KVM's module loaded anew may change it. */
async function machineState(): Promise<string> {
  const files = ['/proc/sys/kernel/random/boot_id', '/sys/module/kvm_intel/parameters/nested', '/sys/module/kvm_amd/parameters/nested'];
  const said = await Promise.all(files.map((file) => readFile(file, 'utf8').then((text) => text.trim(), () => '-')));
  return [release(), ...said].join(' ');
}

/** Whether the next probe would end alike. One that was too slow, or that somebody killed, found out nothing: the machine may have been busy, or out of memory. */
function isCertain(choice: AccelChoice, { end }: Pick<QemuRun, 'end'>): boolean {
  return choice.kind === 'kvm' || end.kind === 'exited' || (end.kind === 'killed' && end.signal !== 'SIGKILL');
}

interface Known extends AccelChoice {
  readonly machine: string;
}

/** KVM if a short boot proves it works and can nest, else TCG; always with the reason. */
export async function chooseAccel(options: AccelOptions): Promise<Result<AccelChoice>> {
  const device = options.device ?? '/dev/kvm';
  const absent = await access(device).then(() => false, () => true);
  if (absent) return ok({ kind: 'tcg', reason: `${device} is missing` });
  const closed = await access(device, constants.R_OK | constants.W_OK).then(() => false, () => true);
  if (closed) return ok({ kind: 'tcg', reason: `no permission for ${device}` });

  const tools = findTools(['qemu', 'busybox', 'cpio', 'gzip'], options.qemu === undefined ? {} : { qemu: options.qemu });
  if (!tools.ok) return tools;
  const key = createHash('sha256').update(await readFile(options.bzImage)).update(await qemuVersion(tools.value.qemu)).digest('hex').slice(0, 16);
  const cache = join(options.cacheDir, `accel-${key}.json`);
  const machine = options.machine ?? (await machineState());
  const known = await readFile(cache, 'utf8').then((text) => JSON.parse(text) as Known).catch(() => undefined);
  if (known?.machine === machine) return ok({ kind: known.kind, reason: known.reason });

  await mkdir(options.cacheDir, { recursive: true });
  const initrd = join(options.cacheDir, `probe-${key}-${process.pid}.cpio.gz`);
  await writeInitramfs(
    [
      { kind: 'copy', path: 'bin/busybox', from: tools.value.busybox, mode: 0o755 },
      { kind: 'copy', path: 'init', from: PROBE_INIT, mode: 0o755 },
    ],
    initrd,
    tools.value,
  );
  const probeMs = options.probeMs ?? PROBE_MS;
  const argv = qemuArgv({ accel: { kind: 'kvm' }, cpu: 'host', smp: 2, memoryMb: 256, kernel: options.bzImage, initrd, append: [] });
  const run = await runQemu(argv, {
    binary: tools.value.qemu,
    silenceMs: probeMs,
    totalMs: probeMs,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  await rm(initrd, { force: true });
  if (!run.ok) return run;
  const choice = judgeProbe(run.value);
  if (isCertain(choice, run.value)) await writeFileAtomic(cache, `${JSON.stringify({ machine, ...choice } satisfies Known, null, 2)}\n`);
  return ok(choice);
}
