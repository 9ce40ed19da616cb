// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cpuBound, experimentSchema, tlbShootdown, type Scenario } from '@unspin/experiment';
import { judgeCell } from '../src/experiment/boot-cell.ts';
import { CELL_FORMAT } from '../src/experiment/cell-key.ts';
import { parseCellConsole } from '../src/experiment/parse.ts';
import { sha256 } from '../src/series.ts';

const scenario: Scenario = experimentSchema.shape.scenarios.parse({
  s: { vms: [{ name: 'a', vCpus: 2, workload: tlbShootdown() }, { name: 'b', vCpus: 1, workload: cpuBound(), coRunner: true }] },
})['s']!;

/** A whole console; lines of results are numbered by the last one. */
const CONSOLE = [
  'unspin: host up 7.2.12 cpus 2',
  'unspin: ready a cpus 2',
  'unspin: load 250000000',
  'unspin: counter host sched.yields 10 25',
  'unspin: counter host lab.pause_runs.0 0 7',
  'unspin: vcpu a 0 100 250 5 15',
  'unspin: vcpu a 1 100 300 5 5',
  'unspin: counter vm a pause_exits 1 4',
  'unspin: counter vm a lab.vcpu0_spin_ns 10 60',
  'unspin: counter vm a lab.vcpu1_spin_ns 0 0',
  'unspin: counter vm a pages_4k 900 800',
  'unspin: timeline a 100000000 90000000 80000000',
  'unspin: vcpu b 0 0 9 0 0',
  'unspin: counter vm b pause_exits 0 0',
  'unspin: timeline b 100000000 10000000 20000000',
  'a| unspin: report roundsPerSecond 12.5',
  'unspin: report a roundsPerSecond 12.5',
  'unspin: latency a shootdown 0 0 3 1',
  'unspin: end 15',
  'unspin: verdict pass',
];
const without = (text: string): string[] => CONSOLE.filter((line) => !line.includes(text));
const changed = (from: string, to: string): string[] => CONSOLE.map((line) => line.replace(from, to));
const why = (lines: readonly string[]): string => {
  const parsed = parseCellConsole(lines, scenario);
  return parsed.ok ? '' : parsed.why;
};

describe('a console of a cell', () => {
  it('gives growths, reports, latencies and the timeline', () => {
    const parsed = parseCellConsole(CONSOLE, scenario);
    expect(parsed.ok && parsed.measurements).toEqual({
      loadNs: 250_000_000,
      host: { 'sched.yields': 15, 'lab.pause_runs.0': 7 },
      vms: [
        {
          name: 'a',
          reports: { roundsPerSecond: 12.5 },
          latencies: { shootdown: { counts: [0, 0, 3, 1] } },
          vCpus: [{ runNs: 150, stealNs: 10, spinNs: 50 }, { runNs: 200, stealNs: 0, spinNs: 0 }],
          // pages_4k is no count of events
          counters: { pause_exits: 3 },
        },
        { name: 'b', reports: {}, latencies: {}, vCpus: [{ runNs: 9, stealNs: 0 }], counters: { pause_exits: 0 } },
      ],
      timeline: { windowNs: 100_000_000, runNs: { a: [90_000_000, 80_000_000], b: [10_000_000, 20_000_000] } },
    });
  });

  it('is refused where it is cut short', () => {
    for (let length = 0; length < CONSOLE.length - 1; length++) expect(why(CONSOLE.slice(0, length))).toMatch(/not printed all/);
  });

  it('is refused where a line is lost or there twice', () => {
    expect(why(without('sched.yields'))).toBe('15 lines of results were printed and 14 arrived');
    expect(why([...CONSOLE.slice(0, 4), CONSOLE[3]!, ...CONSOLE.slice(4)])).toBe('15 lines of results were printed and 16 arrived');
  });

  it('is refused where a line is garbled', () => {
    expect(why(changed('sched.yields 10 25', 'sched.yields 10 2[    1.5] x'))).toMatch(/not a number/);
    expect(why(changed('roundsPerSecond 12.5', 'roundsPerSecond fast'))).toMatch(/not a number/);
    expect(why(changed('vcpu a 1', 'vcpu a 3'))).toMatch(/out of order/);
  });

  it('is refused where a counter went backwards', () => {
    expect(why(changed('pause_exits 1 4', 'pause_exits 4 1'))).toMatch(/went backwards: .*pause_exits/);
  });

  it('is refused where a VM or a report is missing', () => {
    const renumbered = (lines: readonly string[], results: number): string[] => lines.map((line) => line.replace('end 15', `end ${results}`));
    expect(why(renumbered(without(' b '), 12))).toBe('VM b has no timeline');
    expect(why(renumbered(without('vcpu a 1'), 14))).toBe('VM a has times of 1 vCPUs, not of 2');
    expect(why(renumbered(without('unspin: report a'), 14))).toBe('VM a did not report roundsPerSecond');
    expect(why(renumbered(without('latency a'), 14))).toBe('VM a did not report latencies of shootdown');
    expect(why(renumbered(without('unspin: load'), 14))).toBe('no time of the load');
  });

  it('takes no line for one of its own that is not', () => {
    const noisy = ['[    0.1] unspin: load 1', 'random \u0000 garbage', ...CONSOLE, 'a| unspin: counter host x 1 2'];
    expect(parseCellConsole(noisy, scenario).ok).toBe(true);
  });
});

describe('the outcome of a cell', () => {
  const exited = { kind: 'exited', code: 0 } as const;

  it('is done only with a verdict from inside and all results', () => {
    expect(judgeCell({ lines: CONSOLE, end: exited, stderr: '' }, scenario).kind).toBe('done');
    expect(judgeCell({ lines: without('verdict'), end: exited, stderr: '' }, scenario)).toMatchObject({ kind: 'failed', verdict: 'lost-vm' });
    expect(judgeCell({ lines: without('end 15'), end: exited, stderr: '' }, scenario)).toMatchObject({ kind: 'failed', verdict: 'fail', evidence: 'the host has not printed all results' });
  });

  it('has the name of what went wrong, in a guest too', () => {
    const at = (line: string): string[] => [...CONSOLE.slice(0, 3), line, ...CONSOLE.slice(3)];
    expect(judgeCell({ lines: at('a| Kernel panic - not syncing: no'), end: exited, stderr: '' }, scenario)).toMatchObject({ verdict: 'panic' });
    expect(judgeCell({ lines: at('b| WARNING: kernel/sched/fair.c:1 at f+0x1/0x2'), end: exited, stderr: '' }, scenario)).toMatchObject({ verdict: 'warning' });
    expect(judgeCell({ lines: CONSOLE.slice(0, 2), end: { kind: 'hang', silentMs: 1000 }, stderr: '' }, scenario)).toMatchObject({ verdict: 'hang' });
    expect(judgeCell({ lines: [], end: { kind: 'exited', code: 1 }, stderr: 'q: no such file\n' }, scenario)).toMatchObject({
      verdict: 'infrastructure',
      evidence: 'QEMU exited with 1 before the machine said anything: q: no such file',
    });
  });

  it('is the one that kept cells were read with', () => {
    const dir = new URL('./fixtures/consoles/', import.meta.url);
    const logs = readdirSync(dir).sort().map((name) => readFileSync(new URL(name, dir), 'utf8').split('\n'));
    const consoles = [...logs, ...CONSOLE.map((_, length) => CONSOLE.slice(0, length)), ...CONSOLE.map((line) => without(line)), CONSOLE];
    const ends = [exited, { kind: 'exited', code: 1 }, { kind: 'killed', signal: 'SIGKILL' }, { kind: 'hang', silentMs: 1000 }, { kind: 'timeout', totalMs: 1000 }] as const;
    const outcomes = consoles.flatMap((lines) => ends.map((end) => judgeCell({ lines, end, stderr: '' }, scenario)));
    // Other results of the same consoles: raise CELL_FORMAT, then write the new hash here.
    expect([CELL_FORMAT, sha256(JSON.stringify(outcomes)).slice(0, 12)]).toEqual([1, '142456549631']);
  });

  it('is a failure where the conductor failed', () => {
    const failed = ['unspin: host up', 'unspin: failed guest a is gone, QEMU ended with -6', 'unspin: verdict fail'];
    expect(judgeCell({ lines: failed, end: exited, stderr: '' }, scenario)).toMatchObject({ verdict: 'fail', evidence: 'unspin: failed guest a is gone, QEMU ended with -6' });
  });
});
