// SPDX-License-Identifier: MIT
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { experimentSchema, cpuBound, dbench, hackbench, lockLatency, stressNg, tlbShootdown, type ExperimentInput, type Workload } from '@unspin/experiment';
import { qemuArgv } from '../src/boot/qemu.ts';
import { bootCell, cellMachine, type BootCellRequest } from '../src/experiment/boot-cell.ts';
import { cpioArchive } from '../src/experiment/cpio.ts';
import { toolsOfPrograms } from '../src/experiment/images.ts';
import { perturbation } from '../src/experiment/perturbation.ts';
import { renderPlan } from '../src/experiment/plan.ts';
import { PROGRAM_SOURCES, programArguments } from '../src/experiment/programs.ts';

const input: ExperimentInput = {
  name: 'sample',
  title: 'A sample',
  question: 'Is it so?',
  trees: ['7.2'],
  seeds: 2,
  host: { pCpus: 4, memoryMib: 3072 },
  scenarios: {
    two: {
      vms: [
        { name: 'a', vCpus: 2, workload: hackbench({ messages: 500 }), features: { pvSpinlocks: false, pauseLoopExits: false } },
        { name: 'noise-maker', vCpus: 3, memoryMib: 128, workload: cpuBound(), coRunner: true, kernelParameters: ['isolcpus=1,2'] },
      ],
    },
    idle: { vms: [{ name: 'c', vCpus: 1, workload: cpuBound(), coRunner: true }] },
  },
  arms: {
    off: {},
    on: {
      switches: ['debooster', 'strictBoost'],
      kernelParameters: ['preempt=full'],
      moduleParameters: ['kvm.halt_poll_ns=0', 'kvm_amd.lab_pause_gap=5'],
      features: { pvTlbFlush: false },
      guestKernelParameters: ['quiet'],
    },
  },
  metrics: { yields: { title: 'yields', from: { kind: 'counter', scope: 'host', name: 'sched.yields' } } },
};
const experiment = experimentSchema.parse(input);
const cell = { tree: '7.2', scenario: 'two', arm: 'on', seed: 1 };

function plan(change: Partial<typeof cell> = {}): { conf: string; lines: readonly string[]; hostParameters: readonly string[] } {
  const rendered = renderPlan(experiment, { ...cell, ...change }, '/l2/kernel', 'virtual');
  if (!rendered.ok) throw new Error(rendered.diagnostics[0]?.message);
  return { conf: rendered.value.conf, lines: rendered.value.plan.trimEnd().split('\n'), hostParameters: rendered.value.hostParameters };
}

describe('the plan of a cell', () => {
  it('has switches and parameters of its arm', () => {
    expect(plan().conf).toBe("switches='debooster strictBoost'\nkvm='halt_poll_ns=0'\nkvm_amd='lab_pause_mode_at_start=2 lab_pause_gap=5'\nkvm_intel=''\n");
    expect(plan({ arm: 'off' }).conf).toBe("switches=''\nkvm=''\nkvm_amd='lab_pause_mode_at_start=2'\nkvm_intel=''\n");
    expect(plan().hostParameters).toEqual(['preempt=full']);
  });

  it('lays the features of the arm over those of each VM', () => {
    const cpus = (arm: string): readonly string[] => plan({ arm }).lines.filter((line) => line.startsWith('arg host,'));
    expect(cpus('off')).toEqual(['arg host,-xsave,-kvm-pv-unhalt', 'arg host,-xsave']);
    expect(cpus('on')).toEqual(['arg host,-xsave,-kvm-pv-unhalt,-kvm-pv-tlb-flush', 'arg host,-xsave,-kvm-pv-tlb-flush']);
  });

  it('offers eCS only to VMs that ask for it', () => {
    const asking = experimentSchema.parse({ ...input, arms: { on: { features: { ecs: true } } }, compare: [] });
    const rendered = renderPlan(asking, cell, '/l2/kernel', 'virtual');
    expect(rendered.ok && rendered.value.plan.match(/^arg host,-xsave,migratable=no/gm)).toHaveLength(2);
    expect(plan().lines.join('\n')).not.toContain('migratable');
  });

  it('says of each VM what it is', () => {
    expect(plan().lines.filter((line) => line.startsWith('vm '))).toEqual(['vm a measured no-pause-exits', 'vm noise-maker co-runner pause-exits']);
    // cpuBound() runs for 2 s
    expect(plan().lines.slice(0, 3)).toEqual(['window 100000000', 'ready 10000000000', 'load 64000000000']);
  });

  it('leaves a guest without PV spinlocks the ones it takes by itself, where it is asked to', () => {
    const withheld = (queuedSpinlocks: boolean) => renderPlan(experimentSchema.parse({ ...input, arms: { on: { features: { pvSpinlocks: false, queuedSpinlocks } } }, compare: [] }), cell, '/l2/kernel', 'virtual');
    for (const [queued, given] of [[true, 2], [false, 0]] as const) {
      const rendered = withheld(queued);
      expect(rendered.ok && rendered.value.plan.match(/-kvm-pv-unhalt/g)).toHaveLength(2);
      expect(rendered.ok && (rendered.value.plan.match(/ nopvspin /g) ?? [])).toHaveLength(given);
    }
  });

  it("ends the guest's command line with what its init is told", () => {
    const appended = plan().lines.filter((line) => line.startsWith('arg console='));
    expect(appended[0]).toMatch(/^arg console=ttyS0 loglevel=5 panic=-1 reboot=t nopvspin quiet -- \d+ hackbench 1 4 500 1$/);
    expect(appended[1]).toMatch(/^arg console=ttyS0 loglevel=5 panic=-1 reboot=t isolcpus=1,2 quiet -- \d+ cpu-bound 2 2$/);
  });

  it('refuses a scenario that nobody measures, and an arm that is not there', () => {
    expect(renderPlan(experiment, { ...cell, scenario: 'idle' }, '/k', 'virtual').ok).toBe(false);
    expect(renderPlan(experiment, { ...cell, arm: 'none' }, '/k', 'virtual').ok).toBe(false);
  });

  it('perturbs by the seed alone: arms alike, seeds not', () => {
    const starts = (change: Partial<typeof cell>): readonly string[] => plan(change).lines.filter((line) => line.startsWith('go '));
    expect(starts({ arm: 'on' })).toEqual(starts({ arm: 'off' }));
    expect(starts({ seed: 1 })).not.toEqual(starts({ seed: 2 }));
    expect(starts({}).map((line) => line.split(' ')[1]).sort()).toEqual(['a', 'noise-maker']);
  });
});

describe('the perturbation', () => {
  it('brings up every order over the seeds, and starts all within a few ms', () => {
    const all = Array.from({ length: 40 }, (_, seed) => perturbation(seed, 3));
    expect(new Set(all.map(({ go }) => go.map(({ vm }) => vm).join())).size).toBe(6);
    expect(Math.max(...all.map(({ go }) => go.reduce((sum, { afterNs }) => sum + afterNs, 0)))).toBeLessThan(6_000_001);
    expect(all.every(({ padding }) => padding.length === 3 && padding.every((turns) => turns < 512))).toBe(true);
  });
});

describe('programs', () => {
  it.each<[Workload, readonly string[]]>([
    [hackbench(), ['hackbench', '1', '4', '50', '1']],
    [tlbShootdown({ rounds: 7 }), ['tlb-shootdown', '1', '7']],
    [dbench({ clients: 3 }), ['dbench', '3', '2']],
    [stressNg({ stressor: 'futex' }), ['stress-ng', 'futex', '2', '500']],
    [lockLatency({ primitive: 'rwsem-read' }), ['lock-latency', 'rwsem-read', '1', '100000', '0', '0']],
  ])('%o', (workload, words) => {
    expect(programArguments(workload)).toEqual(words);
  });

  it('need their packages only where they are used', () => {
    expect(toolsOfPrograms(['hackbench', 'hackbench', 'cpu-bound'])).toEqual(['hackbench']);
    expect(toolsOfPrograms(['apache'])).toEqual(['apache', 'wrk', 'apacheMpmEvent', 'apacheAuthzCore']);
    expect(Object.keys(PROGRAM_SOURCES)).toContain('lock-loop');
  });
});

describe('the archive of settings', () => {
  it('is cpio in the newc format, the same each time', () => {
    const files = [{ path: 'cell.conf', text: 'a\n' }, { path: 'cell.plan', text: 'longer text\n' }];
    const archive = cpioArchive(files);
    expect(archive.equals(cpioArchive(files))).toBe(true);
    expect(archive.length % 4).toBe(0);
    expect(archive.toString('latin1').match(/070701/g)).toHaveLength(3);
    // header of 110 bytes, "cell.conf" and its NUL fill 120
    expect(archive.subarray(120, 122).toString()).toBe('a\n');
    expect(archive.toString('latin1')).toContain('TRAILER!!!');
  });
});

describe("the host's machine", () => {
  const machine = (clock: 'virtual' | 'threads' | 'kvm'): string =>
    qemuArgv(cellMachine({ experiment, qemu: { binary: 'q', extraArgs: ['-L', '/fw'] }, clock }, '/k/vmlinux', '/w/initramfs', '/w/a,b/console.log', ['preempt=full'])).join(' ');

  it('has pCPUs and memory of the experiment, and its console in a file', () => {
    const argv = machine('virtual');
    expect(argv).toMatch(/^-L \/fw -machine q35 /);
    expect(argv).toContain('-smp 4 -m 3072M');
    expect(argv).toContain('-chardev file,id=console,path=/w/a,,b/console.log -serial chardev:console');
    expect(argv).not.toContain('stdio');
  });

  it('has a first CPU beyond its pCPUs on threads, and guests start on the others', () => {
    expect(machine('threads')).toContain('-smp 5 ');
    expect(machine('kvm')).toContain('-smp 4 ');
    const argOf = (clock: 'virtual' | 'threads' | 'kvm'): string => {
      const plan = renderPlan(experiment, cell, '/l2/kernel', clock);
      return plan.ok ? plan.value.plan.split('\n').filter((line) => line.startsWith('arg ')).slice(0, 5).join(' ') : '';
    };
    expect(argOf('threads')).toBe('arg /bin/busybox arg taskset arg -c arg 1-4 arg qemu-system-x86_64');
    expect(argOf('virtual')).toMatch(/^arg qemu-system-x86_64 /);
    expect(argOf('kvm')).toMatch(/^arg qemu-system-x86_64 /);
  });

  it('has CPUs that take turns of microseconds in virtual time', () => {
    expect(machine('virtual')).toContain('-object filter-buffer,id=turn,netdev=turns,interval=10 ');
    expect(machine('threads')).not.toContain('filter-buffer');
  });

  it('lets no entropy of the machine into virtual time', () => {
    expect(machine('virtual')).toContain('thread=single -icount shift=0,sleep=off -rtc clock=vm,base=2026-01-01 -seed 1 -cpu EPYC,+svm,-rdrand,-rdseed');
    expect(machine('threads')).toContain('-accel tcg,thread=multi');
    expect(machine('kvm')).toMatch(/-accel kvm .*-cpu host .*-append console=ttyS0 panic=-1 loglevel=5 preempt=full$/);
  });
});

describe('a cell that was lost', () => {
  const dir = mkdtempSync(join(tmpdir(), 'unspin-cell-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  writeFileSync(join(dir, 'host.cpio'), 'image');
  const workDir = join(dir, 'slot');
  mkdirSync(workDir);
  const request: BootCellRequest = {
    kernel: { bzImage: join(dir, 'bzImage'), modules: dir },
    experiment,
    cell,
    images: { host: join(dir, 'host.cpio'), key: 'k', sha256: '', guestKernel: '/l2/kernel', programs: [] },
    qemu: { binary: fileURLToPath(new URL('./fake/qemu-panic.sh', import.meta.url)) },
    clock: 'virtual',
    workDir,
  };

  it('is a result', async () => {
    expect(await bootCell(request)).toMatchObject({ ok: true, value: { result: { outcome: { kind: 'failed', verdict: 'lost-vm' } } } });
  });

  it('is none where its console may not have fitted on the disk', async () => {
    symlinkSync('/dev/full', join(workDir, `.room-${process.pid}`));
    expect(await bootCell(request)).toMatchObject({ ok: false, diagnostics: [{ code: 'LAB_DISK_FULL', message: expect.stringContaining('7.2/two/on/1 ended with lost-vm') }] });
  });
});
