// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { access, constants, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ok, type Result } from '@unspin/diagnostics';
import { writeInitramfs } from './initramfs.ts';
import { qemuArgv, qemuVersion, runQemu, type QemuRun } from './qemu.ts';
import { findTools } from './tools.ts';

export interface AccelChoice {
  readonly kind: 'kvm' | 'tcg';
  readonly reason: string;
}

export interface AccelOptions {
  readonly bzImage: string;
  /** Where the answer is kept, by kernel and QEMU version. */
  readonly cacheDir: string;
  readonly qemu?: string;
  readonly device?: string;
  readonly probeMs?: number;
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
  const known = await readFile(cache, 'utf8').then((text) => JSON.parse(text) as AccelChoice, () => undefined);
  if (known !== undefined) return ok(known);

  await mkdir(options.cacheDir, { recursive: true });
  const initrd = join(options.cacheDir, `probe-${key}.cpio.gz`);
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
  // An interrupted probe has found out nothing.
  if (run.value.end.kind !== 'interrupted') {
    await writeFile(`${cache}.new`, `${JSON.stringify(choice, null, 2)}\n`);
    await rename(`${cache}.new`, cache);
  }
  return ok(choice);
}
