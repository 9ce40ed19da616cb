// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { judgeConsole, type ProcessEnd, type VerdictKind } from '../src/console/verdict.ts';

const dir = new URL('./fixtures/consoles/', import.meta.url);
const console_ = (name: string): string[] => readFileSync(new URL(`${name}.log`, dir), 'utf8').split('\n');

const exit0: ProcessEnd = { kind: 'exited', code: 0 };
const CASES: readonly (readonly [string, ProcessEnd, VerdictKind, RegExp])[] = [
  ['pass', exit0, 'pass', /^unspin: verdict pass$/],
  ['harmless', exit0, 'pass', /^unspin: verdict pass$/],
  ['fail', exit0, 'fail', /^unspin: failed on: guest b$/],
  ['panic-exit-0', exit0, 'panic', /Kernel panic - not syncing: Attempted to kill init/],
  ['guest-panic', exit0, 'panic', /^a\| .*Unable to mount root fs/],
  ['oops', { kind: 'hang', silentMs: 30_000 }, 'oops', /NULL pointer dereference/],
  ['oops-after-success', exit0, 'oops', /general protection fault/],
  ['oops-then-panic', exit0, 'panic', /unable to handle page fault.* → .*Kernel panic/],
  ['lockdep', exit0, 'lockdep-splat', /possible circular locking/],
  ['sleeping-function', exit0, 'lockdep-splat', /sleeping function called/],
  ['rcu', exit0, 'rcu-splat', /suspicious RCU usage/],
  ['rcu-stall', { kind: 'timeout', totalMs: 60_000 }, 'rcu-splat', /self-detected stall/],
  ['kcsan', exit0, 'kcsan-splat', /data-race/],
  ['soft-lockup', { kind: 'timeout', totalMs: 60_000 }, 'lockup', /soft lockup/],
  ['warning', exit0, 'warning', /kernel\/sched\/fair\.c:8790/],
  ['hang', { kind: 'hang', silentMs: 30_000 }, 'hang', /silent for 30 s after: .*Bringing up secondary/],
  ['silence', { kind: 'hang', silentMs: 30_000 }, 'hang', /no output at all/],
  ['hang', { kind: 'timeout', totalMs: 90_000 }, 'timeout', /not done after 90 s/],
  ['lost-vm', { kind: 'killed', signal: 'SIGSEGV' }, 'lost-vm', /SIGSEGV/],
  ['lost-vm', { kind: 'exited', code: 134 }, 'lost-vm', /exited with 134/],
  ['no-verdict', exit0, 'lost-vm', /without a verdict/],
  ['pass', { kind: 'killed', signal: 'SIGKILL' }, 'lost-vm', /SIGKILL/],
  ['pass', { kind: 'hang', silentMs: 30_000 }, 'hang', /silent/],
  ['silence', { kind: 'exited', code: 1 }, 'infrastructure', /before the machine said anything/],
  ['silence', { kind: 'not-started', message: 'qemu-system-x86_64 not found' }, 'infrastructure', /not found/],
  ['hang', { kind: 'interrupted' }, 'interrupted', /interrupted/],
];

describe('judgeConsole', () => {
  it.each(CASES)('%s with %o is %s', (name, end, kind, evidence) => {
    const verdict = judgeConsole(console_(name), end);
    expect(verdict.kind).toBe(kind);
    expect(verdict.evidence).toMatch(evidence);
    if (verdict.line !== undefined) expect(console_(name)[verdict.line - 1]).toContain(verdict.evidence.split(' → ')[0]);
  });

  it('has a case for every console', () => {
    const named = new Set(CASES.map(([name]) => `${name}.log`));
    expect(readdirSync(dir).filter((file) => !named.has(file))).toEqual([]);
  });

  it('sees through colours and carriage returns', () => {
    expect(judgeConsole(['\u001b[31mKernel panic - not syncing: x\u001b[0m\r'], exit0).evidence).toBe('Kernel panic - not syncing: x');
  });
});
