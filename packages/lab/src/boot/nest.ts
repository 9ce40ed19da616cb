// SPDX-License-Identifier: MIT
import { access, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, ok, type Diagnostic, type Result } from '@unspin/diagnostics';
import { compileProgram, GUEST_DIR } from './compile.ts';
import { withLibraries, writeInitramfs, type ImageEntry } from './initramfs.ts';
import type { QemuAccel, QemuMachine } from './qemu.ts';
import { findTools, type BootToolName } from './tools.ts';

/** One built kernel: it runs as host and as guest. */
export interface KernelDir {
  readonly bzImage: string;
  /** Folder below which kvm.ko and its friends lie, e.g. the build's output folder. */
  readonly modules: string;
}

/** What the nested guests do, and for how long. */
export interface NestLoad {
  /** Phases in the order they run. */
  readonly phases: readonly ('off' | 'on')[];
  /** Seconds of load in each phase. */
  readonly seconds: number;
  /** Seconds a phase may take altogether, guests' boot included. */
  readonly deadlineSeconds: number;
  /** hackbench groups of four senders and four receivers. */
  readonly groups: number;
  readonly messages: number;
  /** User-mode threads that receive TLB shootdowns. */
  readonly receivers: number;
  /** Parameters for kvm_amd, e.g. `lab_pause_window=16`. */
  readonly kvmAmd: string;
  /** What the host's mechanisms need of the guests' processors, e.g. `,migratable=no`, and kernels. */
  readonly guestCpuFlags: string;
  readonly guestAppend: string;
  /** How often each guest boots in a phase, by a reset of its machine, its load each time. */
  readonly boots: number;
  /** Whether a guest takes its second vCPU offline and back all the time. */
  readonly hotplug: boolean;
}

export const DEFAULT_LOAD: NestLoad = { phases: ['off', 'on'], seconds: 3, deadlineSeconds: 90, groups: 1, messages: 15, receivers: 2, kvmAmd: '', guestCpuFlags: '', guestAppend: '', boots: 1, hotplug: false };

/** What brings counts out of balance, if anything does: vCPUs that go and come, and a guest that starts over without a word to its host. */
export const STRESS_LOAD: NestLoad = { ...DEFAULT_LOAD, phases: ['on'], seconds: 6, deadlineSeconds: 400, boots: 2, hotplug: true };

/**
 * CPU flags and kernel parameters of the two guests. Paravirtual TLB flush would skip preempted vCPUs, and
 * paravirtual spinlocks would halt instead of spinning: without them there is something to yield for.
 */
export const NEST_GUESTS = {
  a: { cpuFlags: ',-kvm-pv-tlb-flush', append: 'nopvspin' },
  b: { cpuFlags: ',-kvm-pv-tlb-flush', append: 'nopvspin' },
} as const;

const NEST_TOOLS = ['qemu', 'busybox', 'hackbench', 'cpio', 'gzip', 'ldd', 'gcc', 'libc'] as const satisfies readonly BootToolName[];
const KVM_MODULES = ['irqbypass', 'kvm', 'kvm-amd', 'kvm-intel'] as const;
/** What QEMU needs to start a microvm with a kernel given on its command line. */
const FIRMWARE = ['bios-microvm.bin', 'qboot.rom', 'linuxboot_dma.bin', 'pvh.bin', 'kvmvapic.bin'] as const;

const exists = (path: string): Promise<boolean> => access(path).then(() => true, () => false);

/** Paths of KVM's modules by name, wherever the tree keeps them below `dir`. */
export async function findKvmModules(dir: string): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const folder of ['arch/x86/kvm', 'virt/lib', '.', 'kernel/arch/x86/kvm', 'kernel/virt/lib']) {
    const names: string[] = await readdir(join(dir, folder)).catch(() => []);
    for (const module of KVM_MODULES) {
      if (found[module] === undefined && names.includes(`${module}.ko`)) found[module] = join(dir, folder, `${module}.ko`);
    }
  }
  return found;
}

const shell = (busybox: string): ImageEntry => ({ kind: 'copy', path: 'bin/busybox', from: busybox, mode: 0o755 });

/** What a host's image has whatever the host is for: its init, a shell, and KVM. */
export async function hostEntries(kernel: KernelDir, busybox: string, init: string): Promise<Result<readonly ImageEntry[]>> {
  const modules = await findKvmModules(kernel.modules);
  const absent = ['kvm', 'kvm-amd'].filter((name) => modules[name] === undefined);
  if (absent.length > 0 || !(await exists(kernel.bzImage))) {
    const what = absent.length > 0 ? `${absent.map((name) => `${name}.ko`).join(' and ')} not found below ${kernel.modules}` : `${kernel.bzImage} not found`;
    return fail([{ code: 'LAB_QEMU', severity: 'error', message: what, help: 'build the kernel first, with its modules' }]);
  }
  return ok([
    shell(busybox),
    { kind: 'copy', path: 'init', from: join(GUEST_DIR, init), mode: 0o755 },
    { kind: 'copy', path: 'host.sh', from: join(GUEST_DIR, 'host.sh'), mode: 0o644 },
    ...Object.entries(modules).map(([name, from]) => ({ kind: 'copy', path: `modules/${name}.ko`, from, mode: 0o644 }) as const),
  ]);
}

/** Settings as shell assignments, for an init to read. */
export const shellConf = (settings: Readonly<Record<string, string | number>>): string =>
  Object.entries(settings).map(([name, value]) => `${name}='${value}'\n`).join('');

/** Settings for both inits as shell assignments. */
export function labConf(load: NestLoad): string {
  return shellConf({
    phases: load.phases.join(' '),
    seconds: load.seconds,
    deadline: load.deadlineSeconds,
    groups: load.groups,
    messages: load.messages,
    receivers: load.receivers,
    boots: load.boots,
    hotplug: load.hotplug ? 'yes' : '',
    memory: '192M',
    params_irqbypass: '',
    params_kvm: '',
    params_kvm_amd: load.kvmAmd,
    params_kvm_intel: '',
    flags_a: NEST_GUESTS.a.cpuFlags + load.guestCpuFlags,
    append_a: `${NEST_GUESTS.a.append} ${load.guestAppend}`.trim(),
    flags_b: NEST_GUESTS.b.cpuFlags + load.guestCpuFlags,
    append_b: `${NEST_GUESTS.b.append} ${load.guestAppend}`.trim(),
  });
}

/** Firmware for QEMU in the host's image. */
export async function firmware(): Promise<Result<readonly ImageEntry[]>> {
  const entries: ImageEntry[] = [];
  const missing: Diagnostic[] = [];
  for (const name of FIRMWARE) {
    const dirs = ['/usr/share/qemu', '/usr/share/seabios'];
    const at = await Promise.all(dirs.map((dir) => exists(join(dir, name))));
    const dir = dirs[at.indexOf(true)];
    if (dir !== undefined) entries.push({ kind: 'copy', path: `share/qemu/${name}`, from: join(dir, name), mode: 0o644 });
    else missing.push({ code: 'LAB_TOOL_MISSING', severity: 'error', message: `firmware ${name} not found in ${dirs.join(' or ')}`, help: 'install the Debian packages qemu-system-data and seabios' });
  }
  return missing.length > 0 ? fail(missing) : ok(entries);
}

/** Builds the guests' image and, around it, the host's. Returns the host's path. */
export async function buildNestImages(kernel: KernelDir, load: NestLoad, workDir: string, overrides: Partial<Record<BootToolName, string>> = {}): Promise<Result<string>> {
  const tools = findTools(NEST_TOOLS, overrides);
  if (!tools.ok) return tools;
  const { qemu, busybox, hackbench, ldd, gcc } = tools.value;
  const roms = await firmware();
  if (!roms.ok) return roms;
  const inHost = await hostEntries(kernel, busybox, 'l1-init.sh');
  if (!inHost.ok) return inHost;
  await mkdir(workDir, { recursive: true });
  const provoker = await compileProgram(gcc, ['tlb-shootdown.c'], join(workDir, 'tlb-shootdown'));
  if (!provoker.ok) return provoker;

  const conf: ImageEntry = { kind: 'text', path: 'lab.conf', text: labConf(load), mode: 0o644 };
  const guestImage = join(workDir, 'guest.cpio.gz');
  const hostImage = join(workDir, 'host.cpio.gz');
  await writeInitramfs(
    [
      conf,
      shell(busybox),
      { kind: 'copy', path: 'init', from: join(GUEST_DIR, 'l2-init.sh'), mode: 0o755 },
      { kind: 'copy', path: 'bin/tlb-shootdown', from: provoker.value, mode: 0o755 },
      ...(await withLibraries('bin/hackbench', hackbench, ldd)),
    ],
    guestImage,
    tools.value,
  );
  await writeInitramfs(
    [
      conf,
      ...inHost.value,
      { kind: 'copy', path: 'l2/bzImage', from: kernel.bzImage, mode: 0o644 },
      { kind: 'copy', path: 'l2/initramfs.gz', from: guestImage, mode: 0o644 },
      ...roms.value,
      ...(await withLibraries('bin/qemu-system-x86_64', qemu, ldd)),
    ],
    hostImage,
    tools.value,
  );
  return ok(hostImage);
}

/** The machine that is the host: two CPUs, and with TCG an AMD processor, the only one whose virtualisation it emulates. */
export function hostMachine(accel: QemuAccel, kernel: KernelDir, initrd: string): QemuMachine {
  return {
    accel,
    // RDRAND and RDSEED would bring the machine's entropy into virtual time.
    cpu: accel.kind === 'kvm' ? 'host' : 'EPYC,+svm,-rdrand,-rdseed',
    smp: 2,
    // What is looked at here are effects and bounds of milliseconds.
    turnsUs: 100,
    memoryMb: 2048,
    kernel: kernel.bzImage,
    initrd,
    // On a busy machine the kernel's check takes delays of TCG's threads for a TSC out of step, and turns to the slow HPET.
    append: accel.kind === 'tcg' ? ['tsc=reliable'] : [],
  };
}
