// SPDX-License-Identifier: MIT
import { execa } from 'execa';
import { fail, ok, type Result } from '@unspin/diagnostics';
import { holdGroup } from '../group.ts';
import { followFile, keepLog, readPipe } from './console.ts';
import { BOOT_TOOLS, findTools, toolMissing } from './tools.ts';

export type QemuAccel =
  | { readonly kind: 'kvm' }
  | { readonly kind: 'tcg'; readonly clock: TcgClock };

/**
 * `virtual`: one thread for all CPUs, and time counts instructions, 1 ns each, so that a busy machine changes nothing.
 * `threads`: a thread per CPU and the machine's own time.
 */
export type TcgClock = 'virtual' | 'threads';

/** What is booted: a kernel with its initramfs on a machine without any device but a serial console. */
export interface QemuMachine {
  readonly accel: QemuAccel;
  readonly cpu: string;
  readonly smp: number;
  /**
   * Longest time in us in which, in virtual time, all CPUs have had a turn each: an interrupt waits until the CPUs before its own have had theirs.
   * With 10 us a run takes the emulator 1.4 times as long as with turns of any length, with 20 us 1.3 times.
   */
  readonly turnsUs?: number;
  readonly memoryMb: number;
  readonly kernel: string;
  readonly initrd: string;
  readonly append: readonly string[];
  /**
   * File the serial console is written to, instead of QEMU's standard output: a pipe that is full makes QEMU wait, and
   * brings the machine's time into virtual time.
   */
  readonly consoleFile?: string;
  /** Given to QEMU before all else, e.g. where it finds its firmware. */
  readonly extraArgs?: readonly string[];
}

export function qemuArgv(machine: QemuMachine): readonly string[] {
  return [
    ...(machine.extraArgs ?? []),
    '-machine', 'q35',
    ...accelArgv(machine.accel),
    '-cpu', machine.cpu,
    '-smp', String(machine.smp),
    '-m', `${machine.memoryMb}M`,
    '-nodefaults',
    '-no-user-config',
    '-no-reboot',
    '-display', 'none',
    '-net', 'none',
    ...turnsArgv(machine),
    ...consoleArgv(machine.consoleFile),
    '-kernel', machine.kernel,
    '-initrd', machine.initrd,
    '-append', ['console=ttyS0', 'panic=-1', ...machine.append].join(' '),
  ];
}

/** QEMU reads a comma in a path as the end of it, unless it is doubled. */
function consoleArgv(file: string | undefined): readonly string[] {
  if (file === undefined) return ['-serial', 'stdio'];
  return ['-chardev', `file,id=console,path=${file.replaceAll(',', ',,')}`, '-serial', 'chardev:console'];
}

function accelArgv(accel: QemuAccel): readonly string[] {
  if (accel.kind === 'kvm') return ['-accel', 'kvm'];
  if (accel.clock === 'threads') return ['-accel', 'tcg,thread=multi'];
  // The seed is what the kernel is given to start its random numbers from: a fresh one would differ in every run.
  return ['-accel', 'tcg,thread=single', '-icount', 'shift=0,sleep=off', '-rtc', 'clock=vm,base=2026-01-01', '-seed', '1'];
}

/**
 * In virtual time a turn ends at the next timer of the machine, which may be milliseconds away: then a timer of the second CPU comes that late, and who waits for
 * another CPU's lock waits for its turn. QEMU has no option for it, but a network filter that empties a buffer every so many us sets such timers. The other end of its
 * network is only there because QEMU warns of loose ends.
 */
function turnsArgv({ accel, smp, turnsUs }: QemuMachine): readonly string[] {
  if (turnsUs === undefined || smp === 1 || accel.kind === 'kvm' || accel.clock === 'threads') return [];
  return ['-netdev', 'hubport,id=turns,hubid=0', '-netdev', 'hubport,id=end,hubid=1,netdev=turns', '-object', `filter-buffer,id=turn,netdev=turns,interval=${turnsUs}`];
}

/** Why QEMU is no longer running. `exited` with 0 proves nothing: a panic ends that way too. */
export type QemuEnd =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'killed'; readonly signal: string }
  | { readonly kind: 'hang'; readonly silentMs: number }
  | { readonly kind: 'timeout'; readonly totalMs: number }
  | { readonly kind: 'interrupted' };

export interface QemuRun {
  readonly end: QemuEnd;
  readonly lines: readonly string[];
  /** What QEMU itself had to say. */
  readonly stderr: string;
  readonly seconds: number;
}

export interface QemuRunOptions {
  readonly binary?: string;
  /** Console as it came, for the report. */
  readonly logFile?: string;
  /** Where the machine writes its console, if not to standard output. */
  readonly consoleFile?: string;
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal;
  /** No console output for this long is a hang. */
  readonly silenceMs: number;
  readonly totalMs: number;
}

/** Runs QEMU to its end or ends it. All it started dies with it. Fails only where QEMU cannot be started; warns where `logFile` is not whole. */
export async function runQemu(argv: readonly string[], options: QemuRunOptions): Promise<Result<QemuRun>> {
  const tools = findTools(['qemu'], options.binary === undefined ? {} : { qemu: options.binary });
  if (!tools.ok) return tools;
  const started = performance.now();
  if (options.signal?.aborted === true) return ok({ end: { kind: 'interrupted' }, lines: [], stderr: '', seconds: 0 });

  // In a group of its own: a wrapper script's children must go too, and Ctrl-C must reach us first.
  const child = execa(tools.value.qemu, argv, { detached: true, cleanup: false, reject: false, stdin: 'ignore', stdout: options.consoleFile === undefined ? 'pipe' : 'ignore', buffer: { stdout: false, stderr: true } });
  const group = holdGroup(child.pid);
  let ended: QemuEnd | undefined;
  const stop = (end: QemuEnd): void => {
    ended ??= end;
    group.kill();
  };
  const abort = (): void => stop({ kind: 'interrupted' });
  const silence = setTimeout(() => stop({ kind: 'hang', silentMs: options.silenceMs }), options.silenceMs);
  const total = setTimeout(() => stop({ kind: 'timeout', totalMs: options.totalMs }), options.totalMs);
  options.signal?.addEventListener('abort', abort);

  const lines: string[] = [];
  const log = options.logFile === undefined ? undefined : keepLog(options.logFile);
  const take = (raw: string): void => {
    silence.refresh();
    const line = raw.replace(/\r/g, '');
    lines.push(line);
    log?.add(line);
    options.onLine?.(line);
  };
  const reading = options.consoleFile === undefined ? readPipe(child.stdout!, take) : followFile(options.consoleFile, take);
  try {
    const result = await child;
    await reading.end();
    const warnings = (await log?.end()) ?? [];
    const seconds = (performance.now() - started) / 1000;
    if (result.code === 'ENOENT' || result.code === 'EACCES') return fail([toolMissing(BOOT_TOOLS.qemu)]);
    const own: QemuEnd = result.exitCode === undefined ? { kind: 'killed', signal: result.signal ?? 'unknown' } : { kind: 'exited', code: result.exitCode };
    return ok({ end: ended ?? own, lines, stderr: result.stderr, seconds }, warnings);
  } finally {
    clearTimeout(silence);
    clearTimeout(total);
    options.signal?.removeEventListener('abort', abort);
    group.release();
  }
}

/** e.g. "7.2.22", or '' where QEMU cannot say. */
export async function qemuVersion(binary: string = BOOT_TOOLS.qemu.name): Promise<string> {
  const { stdout, failed } = await execa(binary, ['--version'], { reject: false });
  return failed ? '' : (/version (\S+)/.exec(stdout)?.[1] ?? '');
}
