// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { DEFAULT_LOAD, labConf, STRESS_LOAD } from '../src/boot/nest.ts';
import type { QemuEnd } from '../src/boot/qemu.ts';
import { ECS_KINDS } from '../src/ecs-kinds.ts';
import { judgeSmoke } from '../src/smoke/nested-smoke.ts';
import { parseSmokeConsole } from '../src/smoke/parse.ts';
import { guestNeeds, type SmokeMechanism } from '../src/smoke/assertions.ts';

const facts = { accel: { kind: 'tcg', reason: 'test' }, clock: 'virtual', qemuVersion: '7.2', tree: '6.12', console: 'console.log' } as const;
const exited: QemuEnd = { kind: 'exited', code: 0 };
const BOTH: readonly SmokeMechanism[] = ['debooster', 'strictBoost'];

const phase = (name: 'off' | 'on'): string[] => {
  const moved = name === 'on' ? 5 : 0;
  const value = name === 'on' ? 'Y' : 'N';
  return [
    `unspin: phase ${name} begin`,
    `unspin: switch ${name} /sys/kernel/debug/sched/yield_deboost/enabled ${value}`,
    `unspin: switch ${name} /sys/module/kvm/parameters/strict_boost ${value}`,
    `unspin: counter ${name} before sched.yields 10`,
    `unspin: counter ${name} before deboost.applied 7`,
    `unspin: counter ${name} before lab.pause_exits 100`,
    `unspin: counter ${name} before lab.pause_loops 3`,
    'a| unspin: guest up 6.12.1 cpus 2',
    `unspin: counter ${name} after sched.yields 40`,
    `unspin: counter ${name} after deboost.applied ${7 + moved}`,
    `unspin: counter ${name} after kvm.strict_boost_user_receiver ${moved}`,
    `unspin: counter ${name} after lab.pause_exits 300`,
    `unspin: counter ${name} after lab.pause_loops 9`,
    `unspin: phase ${name} guest a ok hackbench_loops 8 tlb_rounds 2269`,
    `unspin: phase ${name} guest b ok hackbench_loops 7 tlb_rounds 1709`,
    `unspin: phase ${name} end`,
  ];
};

const passing: readonly string[] = [
  'Linux version 6.12.1',
  'unspin: host up 6.12.1 cpus 2',
  'unspin: lab injection',
  'unspin: lab pause-filter window 8 gap 1000000',
  ...phase('off'),
  ...phase('on'),
  'unspin: verdict pass',
];

const judge = (lines: readonly string[], mechanisms = BOTH, end: QemuEnd = exited): ReturnType<typeof judgeSmoke> =>
  judgeSmoke({ end, lines, seconds: 42 }, facts, mechanisms);
const failing = (lines: readonly string[], mechanisms = BOTH): readonly string[] =>
  judge(lines, mechanisms).checks.filter((check) => !check.ok).map((check) => check.name);
const without = (pattern: RegExp): string[] => passing.filter((line) => !pattern.test(line));

describe('the console', () => {
  it('gives the growth of counters in each phase', () => {
    const { counters, kernel, labPatches } = parseSmokeConsole(passing);
    expect(counters['on']).toEqual({ 'sched.yields': 30, 'deboost.applied': 5, 'kvm.strict_boost_user_receiver': 5, 'lab.pause_exits': 200, 'lab.pause_loops': 6 });
    expect(kernel).toBe('6.12.1');
    expect(labPatches).toEqual(['immediate VMEXIT after each event injection (cure of a fault of TCG)', 'software PAUSE filter, window 8 gap 1000000']);
  });

  it('counts a line cut short for nothing', () => {
    expect(parseSmokeConsole(['unspin: counter on after kvm.exits', 'unspin: counter on after kvm.exits ', 'unspin: counter on after kvm.exits 1x']).counters).toEqual({});
  });

  it('does not take what a guest says for the host', () => {
    expect(parseSmokeConsole(['a| unspin: verdict pass']).verdict).toBeUndefined();
  });
});

describe('the guests', () => {
  it('are as they always were where no mechanism has a part in them', () => {
    expect(labConf({ ...DEFAULT_LOAD, ...guestNeeds(BOTH) })).toContain("flags_a=',-kvm-pv-tlb-flush'\nappend_a='nopvspin'\n");
  });

  it('have what the host offers, and use it, where one has', () => {
    expect(labConf({ ...DEFAULT_LOAD, ...guestNeeds(['ecs']) })).toContain("flags_b=',-kvm-pv-tlb-flush,migratable=no'\nappend_b='nopvspin kvm_ecs=on'\n");
  });
});

describe('the verdict', () => {
  it('is pass when every check holds', () => {
    expect(failing(passing)).toEqual([]);
    expect(judge(passing).verdict).toBe('pass');
  });

  it('is fail when a mechanism acts while it is off', () => {
    const lines = passing.map((line) => line.replace('off after deboost.applied 7', 'off after deboost.applied 8'));
    expect(failing(lines)).toEqual(['off: debooster counters stand still']);
  });

  it('is fail when a mechanism does nothing while it is on', () => {
    const lines = passing.map((line) => line.replace('on after kvm.strict_boost_user_receiver 5', 'on after kvm.strict_boost_user_receiver 0'));
    expect(failing(lines)).toEqual(['on: strictBoost counters grow']);
    expect(judge(lines).verdict).toBe('fail');
  });

  it('is fail when switch and counters of an expected mechanism are not there', () => {
    const lines = without(/deboost/);
    expect(failing(lines)).toEqual([
      'off: debooster is switched off',
      'off: debooster counters stand still',
      'on: debooster is switched on',
      'on: debooster counters grow',
    ]);
    expect(failing(lines, ['strictBoost'])).toEqual([]);
  });

  it.each(ECS_KINDS)('is pass for eCS where preemptions in critical sections (%s) were avoided, and only while it is on', (kind) => {
    const console = (off: number, on: number): string[] => [
      ...passing.slice(0, -1),
      'unspin: switch off /sys/module/kvm/parameters/ecs N',
      'unspin: switch on /sys/module/kvm/parameters/ecs Y',
      `unspin: counter off after kvm.ecs_grants ${off}`,
      `unspin: counter on after kvm.ecs_grants 9`,
      `unspin: counter on after kvm.ecs_avoided_${kind} ${on}`,
      ...passing.slice(-1),
    ];
    expect(failing(console(0, 8), ['ecs'])).toEqual([]);
    expect(failing(console(1, 8), ['ecs'])).toEqual(['off: ecs counters stand still']);
    expect(failing(console(0, 0), ['ecs'])).toEqual(['on: ecs counters grow']);
  });

  it('is pass for guests under stress only where they say what they went through', () => {
    const load = { ...STRESS_LOAD, ...guestNeeds(['ecs']) };
    const stressed = (said: string): string[] => [
      ...passing.filter((line) => !/ off |guest [ab] hackbench/.test(line)).slice(0, -1),
      'unspin: switch on /sys/module/kvm/parameters/ecs Y',
      'unspin: counter on after kvm.ecs_avoided_lock 8',
      ...['a', 'b'].map((guest) => `unspin: phase on guest ${guest} ${said}`),
      ...passing.slice(-1),
    ];
    const broken = (said: string): string[] => judgeSmoke({ end: exited, lines: stressed(said), seconds: 42 }, facts, ['ecs'], load).checks.filter((c) => !c.ok).map((c) => c.name);
    expect(broken('hackbench_loops 3 hotplug 9 ecs_checks 100 boots 2')).toEqual([]);
    expect(broken('hackbench_loops 3 hotplug 0 ecs_checks 100 boots 1')).toEqual(['on: guest a booted again', 'on: guest a lost and regained a vCPU', 'on: guest b booted again', 'on: guest b lost and regained a vCPU']);
    expect(broken('hackbench_loops 3 hotplug 9 boots 2')).toEqual(['on: guest a checked its counts', 'on: guest b checked its counts']);
  });

  it('passes with a repeated boot, and says so', () => {
    const { verdict, checks } = judge([...passing.slice(0, 5), 'unspin: restart off guest a, QEMU exited with 0', ...passing.slice(5)]);
    expect(verdict).toBe('pass');
    expect(checks.find((check) => check.name === 'guests boot')).toEqual({ name: 'guests boot', ok: true, detail: 'repeated: off guest a, QEMU exited with 0' });
  });

  it('is fail when nothing spun', () => {
    const lines = passing.map((line) => line.replace(/(off after lab.pause_loops) 9/, '$1 3'));
    expect(failing(lines)).toEqual(['off: lab.pause_loops grows']);
  });

  it('is fail when a guest never finished', () => {
    expect(failing(without(/phase on guest b/))).toEqual(['on: guest b finished its load']);
  });

  it.each<readonly [string, readonly string[], QemuEnd]>([
    ['warning', [...passing, 'b| WARNING: CPU: 1 PID: 7 at kernel/smp.c:1 foo'], exited],
    ['rcu-splat', [...passing, 'rcu: INFO: rcu_sched self-detected stall on CPU'], exited],
    ['panic', [...passing.slice(0, 8), 'a| Kernel panic - not syncing: Fatal exception'], exited],
    ['lost-vm', passing.slice(0, 20), exited],
    ['infrastructure', [], { kind: 'exited', code: 1 }],
    ['hang', passing.slice(0, 20), { kind: 'hang', silentMs: 1 }],
    ['timeout', passing.slice(0, 20), { kind: 'timeout', totalMs: 1 }],
    ['interrupted', passing.slice(0, 20), { kind: 'interrupted' }],
  ])('is %s where that is what happened', (verdict, lines, end) => {
    expect(judge(lines, BOTH, end).verdict).toBe(verdict);
  });

  it('does not take bookkeeping and refusals for an effect', () => {
    const lines = passing.map((line) => line.replace(/^(unspin: counter on (?:before|after)) deboost\.applied/, '$1 deboost.over_limit'));
    expect(failing(lines)).toContain('on: debooster counters grow');
  });
});
