// SPDX-License-Identifier: MIT
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import { compileProgram, GUEST_DIR } from '../src/boot/compile.ts';
import type { HostClock } from '../src/boot/host.ts';
import type { QemuEnd } from '../src/boot/qemu.ts';
import { findTools } from '../src/boot/tools.ts';
import { ECS_KINDS } from '../src/ecs-kinds.ts';
import { MODES, MSR_TESTS, SELFTESTS, type HostilePlan } from '../src/hostile/assertions.ts';
import { MEASURES, parseHostileConsole } from '../src/hostile/parse.ts';
import { HOSTILE_PROGRAM, judgeHostile, runHostile } from '../src/hostile/run.ts';

const dir = mkdtempSync(join(tmpdir(), 'unspin-hostile-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const facts = { accel: { kind: 'tcg', reason: 'test' }, clock: 'virtual', qemuVersion: '10.0.2', tree: '7.2', console: 'console.log' } as const;
const plan: HostilePlan = { extraSchedules: 1, graceNs: 1_000_000, seconds: 10 };
const exited: QemuEnd = { kind: 'exited', code: 0 };

const tests = (phase: string): string[] => [...MSR_TESTS, ...SELFTESTS].map((name) => `unspin: test ${phase} ok ${name}`);

function share(phase: string, mode: string): string[] {
  const granted = phase === 'off' ? 0 : 1780;
  const kind = Object.entries(MODES).flatMap(([name, of]) => (name === mode && 'kind' in of ? [of.kind] : []))[0];
  const unavoided = ECS_KINDS.map((of) => (of === kind ? granted : 0));
  const line = (role: string, values: readonly number[]): string => `unspin: ran ${phase} ${mode} ${role} ${MEASURES.map((name, i) => `${name} ${values[i]}`).join(' ')}`;
  return [
    `unspin: share ${phase} ${mode}`,
    line('honest', [5_001_000, 4_998_000, 1782, 4000, 0, 0, 0, 0, 0, 0, 0, 0, ...ECS_KINDS.map(() => 0)]),
    line('greedy', [4_998_500, 5_001_000, 1781, 4000, 12, granted, granted, granted, 0, 3, 9, granted * 1_006_500, ...unavoided]),
    `unspin: graces ${phase} ${mode} count ${granted === 0 ? 0 : granted + 5} longest_us ${granted === 0 ? 0 : 1002}`,
  ];
}

const passing: readonly string[] = [
  'unspin: host up 7.2.12 cpus 2',
  'unspin: lab injection',
  'unspin: parameter ecs_extra_schedules 1',
  'unspin: parameter ecs_grace_ns 1000000',
  ...tests('off'),
  ...share('off', 'non-preemptable'),
  ...tests('on'),
  ...Object.keys(MODES).flatMap((mode) => share('on', mode)),
  'unspin: vms 0',
  'unspin: kvm unloaded',
  'unspin: kvm loaded',
  ...tests('reloaded'),
  ...share('reloaded', 'non-preemptable'),
  'unspin: vms 0',
  'unspin: verdict pass',
];

const judge = (lines: readonly string[], end: QemuEnd = exited, clock: HostClock = 'virtual'): ReturnType<typeof judgeHostile> =>
  judgeHostile({ end, lines, seconds: 300 }, facts, plan, clock);
const failing = (lines: readonly string[], clock: HostClock = 'virtual'): readonly string[] =>
  judge(lines, exited, clock).checks.filter((check) => !check.ok).map((check) => check.name);
const without = (pattern: RegExp): string[] => passing.filter((line) => !pattern.test(line));
/** The console with some numbers of one VM changed. */
const changed = (vm: string, values: Partial<Record<(typeof MEASURES)[number], number>>): string[] =>
  passing.map((line) => (line.startsWith(`unspin: ran ${vm} `) ? Object.entries(values).reduce((text, [name, value]) => text.replace(new RegExp(`\\b${name} \\d+`), `${name} ${value}`), line) : line));

describe('the console', () => {
  it('gives what both VMs of a share had', () => {
    const { shares, kernel, labPatches, parameters } = parseHostileConsole(passing);
    expect(shares['on']?.['toggle']?.greedy).toMatchObject({ run_us: 4_998_500, turns: 1781, grants: 1780, extra_ns: 1_791_570_000 });
    expect(shares['on']?.['toggle']?.honest).toMatchObject({ run_us: 5_001_000, grants: 0 });
    expect(kernel).toBe('7.2.12');
    expect(labPatches).toHaveLength(1);
    expect(parameters).toEqual({ ecs_extra_schedules: '1', ecs_grace_ns: '1000000' });
  });

  it('counts a line cut short for nothing', () => {
    const cut = passing.map((line) => line.replace(/(ran on toggle honest.*) extra_ns.*/, '$1'));
    expect(parseHostileConsole(cut).shares['on']?.['toggle']?.honest).toBeUndefined();
    expect(failing(cut)).toEqual(['on, toggle: both VMs ran']);
    expect(parseHostileConsole(['unspin: test on ok', 'unspin: vms', 'unspin: parameter ecs_grace_ns']).parameters).toEqual({});
  });
});

describe('the verdict', () => {
  it('is pass when every check holds', () => {
    expect(failing(passing)).toEqual([]);
    expect(judge(passing).verdict).toBe('pass');
  });

  it.each<readonly [string, number, number]>([
    ['the greedy VM', 5_060_000, 4_939_000],
    ['the honest VM', 4_939_000, 5_060_000],
  ])('is fail when %s has more than half', (_, greedy, honest) => {
    const lines = changed('on exits greedy', { run_us: greedy }).map((line) => (line.startsWith('unspin: ran on exits honest') ? line.replace(/run_us \d+/, `run_us ${honest}`) : line));
    expect(failing(lines)).toEqual(['on, exits: each VM has half of the CPU']);
    const { verdict, evidence } = judge(lines);
    expect(verdict).toBe('fail');
    expect(evidence).toContain('on, exits: each VM has half of the CPU: greedy 0.');
  });

  it('is fail when equal shares come from a CPU for each, or from VMs that hardly ran', () => {
    const both = (us: number): string[] => passing.map((line) => (line.startsWith('unspin: ran on slot') ? line.replace(/run_us \d+/, `run_us ${us}`) : line));
    expect(failing(both(10_000_000))).toEqual(['on, slot: the two had one CPU to themselves']);
    expect(failing(both(100_000))).toEqual(['on, slot: the two had one CPU to themselves']);
    expect(failing(both(0))).toEqual(['on, slot: each VM has half of the CPU', 'on, slot: the two had one CPU to themselves']);
  });

  it('is fail when there are more extra schedules than turns, or longer ones', () => {
    // The scheduler may choose the same vCPU again, which is a turn that schedstat does not count.
    expect(failing(changed('on blocking greedy', { grants: 1790 }))).toEqual(['on, blocking: every grace ends in time']);
    expect(failing(changed('on blocking greedy', { grants: 1800 }))).toEqual(['on, blocking: at most 1 at the end of a turn', 'on, blocking: every grace ends in time']);
    expect(failing(changed('on blocking greedy', { extra_ns: 1780 * 5_100_000 }))).toEqual(['on, blocking: a grace and a tick later the vCPU has left']);
  });

  it('is fail when a grace does not end, or was not seen', () => {
    const graces = (said: string, mode = 'interrupt'): string[] => passing.map((line) => line.replace(new RegExp(`(graces on ${mode}) .*`), `$1 ${said}`));
    expect(failing(graces('count 1781 longest_us 1200'))).toEqual(['on, interrupt: every grace ends in time']);
    // Where the other CPU has its turn first, the timer may be late.
    expect(failing(graces('count 1781 longest_us 1180', 'slot'))).toEqual([]);
    expect(failing(graces('count 1781 longest_us 1230', 'slot'))).toEqual(['on, slot: every grace ends in time']);
    // Where the machine has other work, it may have been elsewhere for a tick.
    expect(failing(graces('count 1781 longest_us 1200'), 'threads')).toEqual([]);
    expect(failing(graces('count 1700 longest_us 1002'))).toEqual(['on, interrupt: every grace ends in time']);
    expect(failing(without(/graces on interrupt/))).toEqual(['on, interrupt: every grace ends in time']);
    expect(failing(without(/graces on toggle/))).toEqual([]);
  });

  it('is fail when claims are ignored: such a host is fair, and shows nothing', () => {
    expect(failing(changed('on interrupt greedy', { grants: 0, extra_ns: 0 }))).toEqual(['on, interrupt: extra schedules are given', 'on, interrupt: a grace and a tick later the vCPU has left']);
  });

  it('is fail when there are extra schedules while kvm.ecs is off, or for the honest VM', () => {
    expect(failing(changed('off non-preemptable greedy', { grants: 1 }))).toEqual(['off, non-preemptable: no extra schedule']);
    expect(failing(changed('on area honest', { grants: 1 }))).toEqual(['on, area: none for the honest VM']);
  });

  it('is fail when a claim is counted as another kind, also as another, or not at all', () => {
    const counted = (values: Parameters<typeof changed>[1], mode = 'rcu'): readonly string[] => failing(changed(`on ${mode} greedy`, values));
    expect(counted({ unavoided_rcu: 0, unavoided_lock: 9 })).toEqual(['on, rcu: preemptions in sections are counted as rcu']);
    expect(counted({ unavoided_preempt: 1 })).toEqual(['on, rcu: preemptions in sections are counted as rcu']);
    expect(counted({ unavoided_rcu: 0 })).toEqual(['on, rcu: preemptions in sections are counted as rcu']);
    // Their claims may be gone, or they may have left, each time that their graces end.
    expect(counted({ unavoided_rcu: 0 }, 'toggle')).toEqual([]);
    expect(counted({ unavoided_reader: 0 }, 'exits')).toEqual([]);
    expect(counted({ unavoided_preempt: 1 }, 'toggle')).toEqual(['on, toggle: preemptions in sections are counted as rcu']);
    expect(failing(changed('on area greedy', { unavoided_lock: 9, unavoided_preempt: 1 }))).toEqual([]);
  });

  it('is fail when nobody meddled', () => {
    expect(failing(changed('on slot greedy', { changes: 0 }))).toEqual(['on, slot: changes grows']);
    expect(failing(changed('on area greedy', { unreadable: 0 }))).toEqual(['on, area: unreadable grows']);
  });

  it("is fail when the host's parameters are not the policy's", () => {
    expect(failing(passing.map((line) => line.replace('ecs_grace_ns 1000000', 'ecs_grace_ns 2000000')))).toEqual(['kvm.ecs_grace_ns is the policy\'s']);
    expect(failing(without(/ecs_extra_schedules/))).toEqual(['kvm.ecs_extra_schedules is the policy\'s']);
  });

  it.each(['off', 'on', 'reloaded'])('is fail when a test of the MSR is missing or failed in phase %s', (phase) => {
    expect(failing(without(new RegExp(`test ${phase} ok unknown flag`)))).toEqual(['MSR: unknown flag is #GP']);
    expect(failing(passing.map((line) => line.replace(`test ${phase} ok unknown flag`, `test ${phase} failed unknown flag`)))).toEqual(['MSR: unknown flag is #GP']);
    expect(failing(without(new RegExp(`test ${phase} ok selftest ecs_test`)))).toEqual(['selftest ecs_test']);
  });

  it('is fail when a share is missing', () => {
    expect(failing(without(/ran on exits/))).toEqual(['on, exits: both VMs ran']);
    expect(failing(without(/ran reloaded .* honest/))).toEqual(['reloaded, non-preemptable: both VMs ran']);
  });

  it('is fail when a VM is left, or KVM cannot be unloaded', () => {
    expect(failing(passing.map((line) => (line === 'unspin: vms 0' ? 'unspin: vms 1' : line)))).toEqual(['no VM is left in debugfs']);
    expect(failing(without(/kvm unloaded/))).toEqual(['KVM can be unloaded and loaded again']);
    expect(failing(without(/unspin: vms/))).toEqual(['no VM is left in debugfs']);
  });

  it('is fail, with its reason, when the host says so', () => {
    const lines = [...without(/verdict/), 'unspin: failed on: MSR', 'unspin: verdict fail'];
    expect(judge(lines)).toMatchObject({ verdict: 'fail', evidence: 'unspin: failed on: MSR' });
  });

  it.each<readonly [string, readonly string[], QemuEnd]>([
    ['panic', [...passing.slice(0, 60), 'Kernel panic - not syncing: Fatal exception in interrupt'], exited],
    ['warning', [...passing, 'WARNING: CPU: 1 PID: 7 at arch/x86/kvm/ecs.c:180 __kvm_ecs_update+0x1/0x2'], exited],
    ['rcu-splat', [...passing, 'rcu: INFO: rcu_preempt self-detected stall on CPU'], exited],
    ['lost-vm', passing.slice(0, 60), { kind: 'killed', signal: 'SIGKILL' }],
    ['hang', passing.slice(0, 60), { kind: 'hang', silentMs: 1 }],
    ['interrupted', passing.slice(0, 60), { kind: 'interrupted' }],
  ])('is %s where that is what happened', (verdict, lines, end) => {
    const result = judge(lines, end);
    expect(result.verdict).toBe(verdict);
    expect(result.checks.find((check) => check.name === 'no splat in the host')?.ok).toBe(!['panic', 'warning', 'rcu-splat'].includes(verdict));
  });
});

describe('the VM', () => {
  const source = (name: string): string => readFileSync(join(GUEST_DIR, 'hostile', name), 'utf8');
  const names = (text: string, pattern: RegExp): readonly (string | undefined)[] => [...text.matchAll(pattern)].map((found) => found[1]);

  it('tests what is asked for, and nothing that nobody asks for', () => {
    expect(names(source('msr.c'), /\bexpect\("([^"]+)"/g)).toEqual(MSR_TESTS);
    expect(names(source('share.c'), /\{ \.name = "([^"]+)"/g)).toEqual(Object.keys(MODES));
  });

  it('says each of the measures', () => {
    const said = [...names(source('share.c'), /^\t\t\{ "(\w+)", /gm), ...names(source('vm.c'), /^\t\[\w+\] = "(\w+)",$/gm)];
    expect(said).toEqual(MEASURES);
  });

  const tools = findTools(['gcc', 'libc']);
  it.skipIf(!tools.ok)('compiles', async () => {
    if (!tools.ok) return;
    const program = await compileProgram(tools.value.gcc, HOSTILE_PROGRAM, join(dir, 'ecs-vm'));
    expect(program.ok).toBe(true);
    const { exitCode, stderr } = await execa(join(dir, 'ecs-vm'), ['on'], { reject: false });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('usage:');
  });
});

describe('a run', () => {
  const kernelDir = { bzImage: join(dir, 'bzImage'), modules: dir };
  const run = (qemu: string): ReturnType<typeof runHostile> =>
    runHostile({ kernelDir, tree: '7.2', workDir: join(dir, 'work'), ecs: plan, selftests: [], accel: facts.accel, qemu: fileURLToPath(new URL(`./fake/qemu-${qemu}.sh`, import.meta.url)) });
  const tools = findTools(['busybox', 'cpio', 'gzip', 'gcc', 'libc']);

  it.skipIf(!tools.ok)('needs a kernel with its modules', async () => {
    expect(await run('panic')).toMatchObject({ ok: false, diagnostics: [{ code: 'LAB_QEMU', message: expect.stringContaining('kvm.ko and kvm-amd.ko not found') }] });
  });

  it.skipIf(!tools.ok)('that ends badly is a result, with its console', async () => {
    mkdirSync(join(dir, 'arch/x86/kvm'), { recursive: true });
    for (const file of ['bzImage', 'arch/x86/kvm/kvm.ko', 'arch/x86/kvm/kvm-amd.ko']) writeFileSync(join(dir, file), '');
    expect(await run('panic')).toMatchObject({ ok: true, value: { verdict: 'panic', clock: 'virtual: 1 ns an instruction', console: join(dir, 'work/console.log') } });
    expect(await run('killed')).toMatchObject({ ok: true, value: { verdict: 'lost-vm', evidence: expect.stringContaining('SIGSEGV') } });
    expect(readFileSync(join(dir, 'work/console.log'), 'utf8')).not.toContain('panic');
  });
});
