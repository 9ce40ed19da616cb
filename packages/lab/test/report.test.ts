// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { formatJunit } from '../src/report/junit.ts';
import { formatKtap } from '../src/report/ktap.ts';
import { passed, provenanceProperties, type Report } from '../src/report/result.ts';
import { formatText } from '../src/report/text.ts';

const report: Report = {
  name: 'unspin',
  suites: [
    {
      name: '6.12',
      properties: provenanceProperties({
        tree: '6.12',
        version: '6.12.117',
        patches: [{ name: '0001-x.patch', sha256: 'a'.repeat(64) }],
        labPatches: ['emulated PAUSE filter'],
        configHash: 'b'.repeat(64),
        qemu: '7.2.22',
        accel: { kind: 'tcg', reason: '/dev/kvm does not run a stock kernel' },
      }),
      cases: [
        { name: 'build 0001-x.patch', outcome: { kind: 'ok' }, detail: 'kernel/sched/fair.o', durationMs: 4200 },
        { name: 'smoke #1', outcome: { kind: 'failed' }, detail: 'oops', durationMs: 1000, output: ['BUG: <bad> & \u0007worse'] },
        { name: 'sparse', outcome: { kind: 'skipped', reason: 'sparse not found' }, detail: '', durationMs: 0 },
      ],
    },
    { name: '7.2', properties: {}, cases: [{ name: 'fetch', outcome: { kind: 'skipped', reason: 'package not available' }, detail: '', durationMs: 0 }] },
  ],
};

describe('reports', () => {
  it('writes KTAP with subtests indented by two spaces', () => {
    expect(formatKtap(report)).toBe(`KTAP version 1
1..2
  KTAP version 1
  # Subtest: 6.12
  # tree: 6.12
  # version: 6.12.117
  # patch 0001-x.patch: sha256:aaaaaaaaaaaa
  # lab-only patches: emulated PAUSE filter
  # config: sha256:bbbbbbbbbbbb
  # qemu: 7.2.22
  # accelerator: tcg (/dev/kvm does not run a stock kernel)
  1..3
  # kernel/sched/fair.o
  ok 1 build 0001-x.patch
  # oops
  # BUG: <bad> & \u0007worse
  not ok 2 smoke 1
  ok 3 sparse # SKIP sparse not found
  # Totals: pass:1 fail:1 skip:1 total:3
not ok 1 6.12
  KTAP version 1
  # Subtest: 7.2
  1..1
  ok 1 fetch # SKIP package not available
  # Totals: pass:0 fail:0 skip:1 total:1
ok 2 7.2 # SKIP every case was skipped
`);
  });

  it('writes JUnit XML with provenance and without control characters', () => {
    expect(formatJunit(report)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="4" failures="1" errors="0" skipped="2">
  <testsuite name="unspin 6.12" time="5.2" tests="3" failures="1" errors="0" skipped="1">
    <properties>
      <property name="tree" value="6.12"/>
      <property name="version" value="6.12.117"/>
      <property name="patch 0001-x.patch" value="sha256:aaaaaaaaaaaa"/>
      <property name="lab-only patches" value="emulated PAUSE filter"/>
      <property name="config" value="sha256:bbbbbbbbbbbb"/>
      <property name="qemu" value="7.2.22"/>
      <property name="accelerator" value="tcg (/dev/kvm does not run a stock kernel)"/>
    </properties>
    <testcase classname="unspin.6.12" name="build 0001-x.patch" time="4.2">
      <system-out><![CDATA[kernel/sched/fair.o]]></system-out>
    </testcase>
    <testcase classname="unspin.6.12" name="smoke #1" time="1">
      <failure message="oops" type="failed"/>
      <system-err><![CDATA[BUG: <bad> & ?worse]]></system-err>
    </testcase>
    <testcase classname="unspin.6.12" name="sparse" time="0">
      <skipped/>
      <system-out><![CDATA[skipped: sparse not found]]></system-out>
    </testcase>
  </testsuite>
  <testsuite name="unspin 7.2" time="0" tests="1" failures="0" errors="0" skipped="1">
    <testcase classname="unspin.7.2" name="fetch" time="0">
      <skipped/>
      <system-out><![CDATA[skipped: package not available]]></system-out>
    </testcase>
  </testsuite>
</testsuites>
`.trimEnd());
  });

  it('writes text that prints a skip as a skip', () => {
    const text = formatText(report);
    expect(text).toContain('  ok   build 0001-x.patch (4.2 s): kernel/sched/fair.o\n');
    expect(text).toContain('  FAIL smoke #1 (1.0 s): oops\n');
    expect(text).toContain('  SKIP sparse: sparse not found\n');
    expect(text).toContain('1 ok, 1 failed, 2 skipped\n');
    expect(passed(report)).toBe(false);
  });
});
