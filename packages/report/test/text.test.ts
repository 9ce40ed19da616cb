// SPDX-License-Identifier: MIT
import { summarize, type Attempt, type Summary } from '@unspin/experiment';
import { formatJunit, formatKtap, passed } from '@unspin/lab';
import { describe, expect, it } from 'vitest';
import { compareRuns, formatComparison, formatText, renderHtml, toReport } from '../src/index.ts';
import { digits, nanoseconds, ratios } from '../src/numbers.ts';
import { cannedReport, type CannedReport } from './canned-report.ts';
import { tagErrors } from './well-formed.ts';

const { run, summary } = cannedReport();

describe('numbers', () => {
  it('have three digits that count', () => {
    expect([0, 5, 0.123456, 12.345, 1234, 12_345.6, 1_234_567, 0.00012, -1.5].map(digits)).toEqual(['0', '5', '0.123', '12.3', '1234', '12,346', '1,234,567', '1.2e-4', '-1.5']);
    expect([0, 1, 1536, 33_554_432, 2e9].map(nanoseconds)).toEqual(['0 ns', '1 ns', '1.54 µs', '33.6 ms', '2 s']);
  });
  it('tell a ratio from 1', () => {
    expect(ratios(0.87, 0.82, 0.93)).toEqual(['0.87', '0.82', '0.93']);
    expect(ratios(0.998, 0.99, 1.01)).toEqual(['0.998', '0.990', '1.010']);
    expect(ratios(0.031, 0, 2)).toEqual(['0.031', '0.000', '2.000']);
    expect(ratios(1, 0.001, 250)).toEqual(['1.000', '0.001', '250']);
    expect(ratios(0.97, 0.95, 0.9997)).toEqual(['0.9700', '0.9500', '0.9997']);
    expect(ratios(0.018, 0.0158, 0.99996)).toEqual(['0.01800', '0.01580', '0.99996']);
  });
});

const textOf = (report: CannedReport): string => formatText(report.summary, report.run.cells);

describe('formatText', () => {
  const text = formatText(summary, run.cells);
  it('says the verdicts as the page does', () => {
    expect(text).toContain('  + 6.12, two VMs, hackbench: time of the load 0.82x [0.81, 0.83], better\n');
    expect(text).toContain('    7.2, two VMs, hackbench: time of the load 1.001x [1.000, 1.015], no effect shown; 9 of 10 pairs\n');
    expect(text).toContain('    6.1, two VMs, hackbench: yielders charged median 0 → 293, no ratio (baseline 0)\n');
    expect(text).toContain('177 of 180 cells finished; 3 failed (hang 2, lost-vm 1); no record of retries.');
    expect(text).toContain('Up to 1.5 of them may exclude 1 by chance alone');
    expect(text).toContain('There are no caches');
  });
  it('says what was run', () => {
    const [p] = run.provenance;
    expect(text).toContain(`6.1: Linux 6.1.147 with 2 patches, kernel ${p!.kernelSha256.slice(0, 12)}; images ${p!.imagesSha256?.slice(0, 12)}; QEMU 7.2.22, guests 7.2.22; lab-only patches: exit after each injection sha256:`);
    expect(text).toContain('in the images: busybox (busybox-static 1:1.35.0-4+b3), hackbench (of no Debian package)\n');
  });
  it('says what times vCPUs had, whatever the metrics are', () => {
    expect(text).toContain('\nvCPU times while the load ran, all vCPUs of a VM together, median over seeds:\n  6.1, two VMs, hackbench, VM a, 2 vCPUs; off: run ');
    expect(text).toMatch(/\n {2}7\.2, lock holders beside a co-runner, VM b, 2 vCPUs, co-runner; off: run [\d.]+ s, steal [\d.]+ s; Debooster and Strict Boost: run [\d.]+ s, steal [\d.]+ s\n/);
    expect(formatText(summary, [])).not.toContain('vCPU times');
    expect(text).not.toContain(', spin ');
    const spun = run.cells.map((c) => (c.outcome.kind === 'done' ? { ...c, outcome: { ...c.outcome, measurements: { ...c.outcome.measurements, vms: c.outcome.measurements.vms.map((vm) => ({ ...vm, vCpus: vm.vCpus.map((v) => ({ ...v, spinNs: 2e9 })) })) } } } : c));
    expect(formatText(summary, spun)).toMatch(/\n {2}6\.1, two VMs, hackbench, VM a, 2 vCPUs; off: run [\d.]+ s, steal [\d.]+ s, spin 4(\.0+)? s;/);
  });
  it('says why there is no claim', () => expect(textOf(cannedReport({ change: { seeds: 3 } }))).toMatch(/6\.12, two VMs, hackbench: time of the load 0\.8\dx without an interval, too few pairs: 3 pairs; 95 % takes at least 6\n/));
  it('tells of the negative control', () => {
    const { summary: broken, run: brokenRun } = cannedReport({ neverCalled: true });
    expect(formatText(broken, brokenRun.cells)).toContain('This is the negative control');
    expect(toReport(broken).suites.at(-1)?.cases.find((c) => c.name === 'negative control')?.outcome.kind).toBe('ok');
    const claimed = { ...summary, experiment: { ...summary.experiment, neverCalled: true } };
    expect(formatText(claimed, run.cells)).toContain('its other claims are not to be trusted');
    expect(toReport(claimed).suites.at(-1)?.cases.find((c) => c.name === 'negative control')?.outcome.kind).toBe('failed');
  });
});

describe('toReport', () => {
  const report = toReport(summary);
  it('gives KTAP and JUnit', () => {
    const ktap = formatKtap(report);
    expect(ktap).toMatch(/^KTAP version 1\n1\.\.4\n {2}KTAP version 1\n {2}# Subtest: 6\.1\n/);
    expect(ktap).toContain('# 6.12, two VMs, hackbench: time of the load 0.82x [0.81, 0.83], better\n');
    expect(ktap).toMatch(/# images: sha256:[0-9a-f]{12}\n/);
    expect(ktap).toMatch(/# program busybox: busybox-static 1:1\.35\.0-4\+b3 sha256:[0-9a-f]{12}\n/);
    expect(ktap).toMatch(/# lab-only patches: exit after each injection sha256:[0-9a-f]{12}, /);
    expect(ktap).toContain('# patch 0002-KVM-x86-strict-boost.patch: sha256:');
    expect(formatJunit(report)).toContain('classname="experiment canned.6.12"');
  });
  it('fails for cells that did, and for nothing else', () => {
    expect(report.suites.flatMap((s) => s.cases.filter((c) => c.outcome.kind === 'failed').map((c) => `${s.name}: ${c.name}`))).toEqual(['6.1: two-shootdown off: cells', '6.1: two-shootdown on: cells', '7.2: two-hackbench on: cells']);
    expect(passed(toReport({ ...summary, reliability: { ...summary.reliability, failed: [] } }))).toBe(true);
  });
  it('fails for repeats that differ in virtual time', () => {
    const [first] = summary.reliability.repeats;
    const differs = toReport({ ...summary, reliability: { ...summary.reliability, failed: [], repeats: [{ ...first!, equal: false }] } });
    expect(passed(differs)).toBe(false);
  });
});

describe('cells booted more than once', () => {
  const booted = (clock: 'virtual' | 'threads', ...attempts: Attempt[]) => {
    const cells = run.cells.map((c, i) => (i === 0 ? { ...c, attempts } : c));
    return summarize({ ...run.experiment, clock }, run.provenance, cells, run);
  };
  const failing = (from: Summary) => toReport({ ...from, reliability: { ...from.reliability, failed: [] } });
  const id = '6.1/two-hackbench/off/1';

  it('fail the report where boots differ in virtual time', () => {
    const differ = booted('virtual', { verdict: 'panic', bytes: 'a' }, { verdict: 'pass', bytes: 'b' });
    expect(passed(failing(differ))).toBe(false);
    expect(formatText(differ, run.cells)).toContain('1 retry.');
    expect(formatText(differ, run.cells)).toContain(`1 cell gave different things in different boots, which virtual time rules out: ${id}: panic, then pass.`);
    const page = renderHtml(differ, run.cells);
    expect(page).toContain('which virtual time rules out');
    expect(page).toContain('Cells booted more than once');
    expect(page).toContain('Failed boots by arm, retries and boots of cells that finished in the end included: off 1.');
    expect(tagErrors(page)).toEqual([]);
  });

  it('do not where the first was ended from outside, all gave the same, or the machine keeps the time', () => {
    const fine = [
      booted('virtual', { verdict: 'lost-vm', bytes: 'a', outside: true }, { verdict: 'pass', bytes: 'b' }),
      booted('virtual', { verdict: 'panic', bytes: 'a' }, { verdict: 'panic', bytes: 'a' }),
      booted('threads', { verdict: 'panic', bytes: 'a' }, { verdict: 'pass', bytes: 'b' }),
    ];
    for (const each of fine) {
      expect(passed(failing(each))).toBe(true);
      expect(formatText(each, run.cells)).not.toContain('rules out');
    }
    expect(renderHtml(fine[0]!, run.cells)).toContain('Cells booted more than once');
    expect(renderHtml(fine[0]!, run.cells)).toContain('lost-vm from outside, then pass');
  });
});

describe('compareRuns', () => {
  it('finds a run equal to itself', () => {
    const same = compareRuns(summary, summary);
    expect(same).toMatchObject({ differs: [], claims: [], cells: { different: [], onlyFirst: [], onlySecond: [] } });
    expect(same.cells.equal).toHaveLength(180);
    expect(same.metrics.filter((m) => m.moved)).toEqual([]);
    expect(formatComparison(same, summary)).toContain('180 of 180 cells equal to the byte\nno metric moved');
  });
  it('tells what moved and what is claimed otherwise', () => {
    const broken = cannedReport({ neverCalled: true }).summary;
    const found = compareRuns(summary, broken);
    expect(found.differs).toEqual(['description: neverCalled']);
    expect(found.cells.different.every((id) => id.includes('/on/'))).toBe(true);
    expect(found.metrics.find((m) => m.tree === '6.12' && m.metric === 'loadSeconds' && m.arm === 'on')).toMatchObject({ moved: true, estimate: { kind: 'ratio' } });
    expect(found.metrics.find((m) => m.tree === '6.12' && m.metric === 'loadSeconds' && m.arm === 'off')).toMatchObject({ moved: false, estimate: { kind: 'identical' } });
    expect(formatComparison(found, broken)).toContain('6.12, two VMs, hackbench: time of the load, Debooster and Strict Boost: better → no effect shown');
  });
  it('counts cells that only one run has', () => {
    const part = cannedReport({ change: { trees: ['6.1'] } }).summary;
    const found = compareRuns(summary, part);
    expect([found.cells.equal.length, found.cells.onlyFirst.length, found.differs]).toEqual([60, 120, ['description: trees']]);
    expect(run.cells).toHaveLength(180);
  });
});
