// SPDX-License-Identifier: MIT
/** The whole check of a series, in a tree of one file with a make that reads its comments for a compiler. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkSeries, readBase, type SeriesBuild } from '../src/series-check/checker.ts';
import { readSeries } from '../src/series.ts';
import { openWorkdir, type Workdir } from '../src/workdir.ts';

/** Compiles what changed since it was last compiled, and says what the source tells it to. */
const MAKE = `#!/bin/sh
for a; do case $a in O=*) out=\${a#O=};; CHECK=*) check=\${a#CHECK=};; C=2) reads=1;; esac; last=$a; done
if [ "$last" = allnoconfig ]; then cp "$KCONFIG_ALLCONFIG" "$out/.config"; exit 0; fi
[ "$last" = syncconfig ] && exit 0
src=$FAKE_SRC/kernel/sched/fair.c
mkdir -p "$out/kernel/sched"
if grep -q ERROR "$src"; then echo "$src:1:1: error: expected ';'"; exit 2; fi
if ! cat "$src" "$out/.config" | cmp -s - "$out/kernel/sched/fair.o"; then
  grep -n WARN "$src" | sed "s|^\\([0-9]*\\):.*|$src:\\1:1: warning: unused variable|"
  grep -q 'CONFIG_X=y' "$out/.config" || grep -n OFF "$src" | sed "s|^\\([0-9]*\\):.*|$src:\\1:1: warning: defined but not used|"
  cat "$src" "$out/.config" >"$out/kernel/sched/fair.o"
fi
[ -n "$reads" ] && "$check" -D__KERNEL__ kernel/sched/fair.c
exit 0
`;
const SPARSE = '#!/bin/sh\ngrep -n SPARSE "$FAKE_SRC/kernel/sched/fair.c" | sed "s|^\\([0-9]*\\):.*|kernel/sched/fair.c:\\1:1: warning: not declared|"\nexit 0\n';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'unspin-series-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const LINES = ['WARN old', 'SPARSE old', 'three', 'four', 'five', 'six', 'seven'];

/** Patches that each add a line behind the last one. */
function writeSeries(added: readonly string[]): string {
  const patches = join(dir, 'series');
  mkdirSync(patches);
  const names = added.map((_, i) => `000${i + 1}-line.patch`);
  writeFileSync(join(patches, 'series'), `${names.join('\n')}\n`);
  added.forEach((line, i) => {
    const before = [...LINES, ...added.slice(0, i)];
    const from = before.length - 2;
    const context = before.slice(from - 1);
    const hunk = `@@ -${from},${context.length} +${from},${context.length + 1} @@\n${context.map((l) => ` ${l}\n`).join('')}+${line}\n`;
    writeFileSync(
      join(patches, names[i] ?? ''),
      `From 0 Mon Sep 17 00:00:00 2001\nFrom: unspin <unspin@localhost>\nSubject: [PATCH] sched: Line ${i}\n\nText.\n---\n kernel/sched/fair.c | 1 +\n\ndiff --git a/kernel/sched/fair.c b/kernel/sched/fair.c\n--- a/kernel/sched/fair.c\n+++ b/kernel/sched/fair.c\n${hunk}-- \nunspin\n`,
    );
  });
  return patches;
}

async function check(added: readonly string[], build: SeriesBuild = 'every patch', { allOff = true, baseFirst = false, parts = {} as Readonly<Record<string, readonly string[]>> } = {}) {
  const bin = join(dir, 'bin');
  const src = join(dir, 'linux');
  mkdirSync(bin);
  mkdirSync(join(src, 'kernel/sched'), { recursive: true });
  mkdirSync(join(src, 'scripts'));
  writeFileSync(join(src, 'Makefile'), 'VERSION = 6\n');
  writeFileSync(join(src, 'scripts/checkpatch.pl'), 'exit 0;\n');
  writeFileSync(join(src, 'kernel/sched/Makefile'), 'obj-y += fair.o\n');
  writeFileSync(join(src, 'kernel/sched/fair.c'), LINES.map((l) => `${l}\n`).join(''));
  for (const [name, text] of [['make', MAKE], ['sparse', SPARSE], ...['flex', 'bison', 'bc', 'kmod', 'cpio'].map((n) => [n, '#!/bin/sh\n'])] as const) {
    writeFileSync(join(bin, name ?? ''), text ?? '');
    chmodSync(join(bin, name ?? ''), 0o755);
  }
  const env = { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` };
  const opened = await openWorkdir({ tree: '6.12', version: '6.12.1', dir: src }, join(dir, 'cache'), { env });
  const series = await readSeries(writeSeries(added));
  if (!opened.ok || !series.ok) throw new Error('fixture');
  const workdir: Workdir = opened.value;
  const request = { workdir, series: series.value, config: [], symbols: ['X', ...Object.values(parts).flat()].filter((s, i, all) => all.indexOf(s) === i), build, headerUsers: true, allOff, parts };
  const hooks = { env: { ...env, FAKE_SRC: workdir.src } };
  if (baseFirst) await readBase([request], hooks);
  const checked = await checkSeries(request, hooks);
  if (!checked.ok) throw new Error(checked.diagnostics[0]?.message);
  return { workdir, problems: checked.value.diagnostics, cases: checked.value.cases.map((c) => [c.name.replace(/000(\d)-line\.patch/, '$1'), c.outcome.kind]) };
}

const machineCanBuild = existsSync('/usr/include/gelf.h') && existsSync('/usr/include/openssl/ssl.h');

describe.runIf(machineCanBuild)('the check of a series', () => {
  it('passes what adds nothing to the old warnings', async () => {
    const { cases, problems, workdir } = await check(['eight', 'nine']);
    expect(problems).toEqual([]);
    expect(cases).toEqual([
      ['checkpatch 1', 'ok'],
      ['checkpatch 2', 'ok'],
      ['the unpatched tree builds (W=1)', 'ok'],
      ['apply 1', 'ok'],
      ['build 1 (W=1)', 'ok'],
      ['apply 2', 'ok'],
      ['build 2 (W=1)', 'ok'],
      ['build the whole series (W=1)', 'ok'],
      ['new warnings (sparse)', 'ok'],
      ['build all off (W=1)', 'ok'],
    ]);
    expect(readFileSync(join(workdir.src, 'kernel/sched/fair.c'), 'utf8')).toContain('nine');
    // Unpatched, with the mechanism, and without it: no patch touches a Kconfig.
    expect(readFileSync(workdir.logFile, 'utf8').match(/ allnoconfig$/gm)).toHaveLength(3);
  });

  it('holds a series against a base that was read before', async () => {
    const { cases, problems } = await check(['WARN new', 'SPARSE new'], 'every patch', { allOff: false, baseFirst: true });
    expect(cases.filter(([, kind]) => kind === 'failed').map(([name]) => name)).toEqual(['build 1 (W=1)', 'build 2 (W=1)', 'new warnings (sparse)']);
    expect(problems[0]?.message).toContain('1 new warning');
    expect(problems[2]?.message).toContain('1 new warning');
  });

  it('names the patch that adds a warning, and goes on', async () => {
    const { cases, problems } = await check(['WARN new', 'nine']);
    expect(cases.filter(([, kind]) => kind === 'failed').map(([name]) => name)).toEqual(['build 1 (W=1)', 'build 2 (W=1)', 'build all off (W=1)']);
    expect(problems[0]).toMatchObject({ code: 'LAB_NEW_WARNINGS', message: '6.12: series: build 0001-line.patch (W=1): 1 new warning\n  kernel/sched/fair.c:8:1: warning: unused variable' });
  });

  it('builds nothing of a series whose kernel is built anyway, with all on', async () => {
    const { cases: off } = await check(['nine', 'OFF new'], 'nothing');
    expect(off.slice(2)).toEqual([['the unpatched tree builds (W=1)', 'ok'], ['apply 1', 'ok'], ['apply 2', 'ok'], ['build all off (W=1)', 'failed']]);
    rmSync(dir, { recursive: true });
    mkdirSync(dir);
    const { cases } = await check(['ERROR', 'nine'], 'nothing', { allOff: false });
    expect(cases).toEqual([['checkpatch 1', 'ok'], ['checkpatch 2', 'ok'], ['apply 1', 'ok'], ['apply 2', 'ok']]);
  });

  it('builds each part of a series alone', async () => {
    const parts = { guest: ['X'], host: ['Y'] };
    const { cases } = await check(['nine', 'OFF new'], 'nothing', { allOff: false, parts });
    expect(cases.slice(2)).toEqual([['the unpatched tree builds (W=1)', 'ok'], ['apply 1', 'ok'], ['apply 2', 'ok'], ['build guest alone (W=1)', 'ok'], ['build host alone (W=1)', 'failed']]);
  });

  it('builds patch by patch or as a whole', async () => {
    const { cases } = await check(['WARN new', 'nine'], 'whole');
    expect(cases.slice(3)).toEqual([
      ['apply 1', 'ok'],
      ['apply 2', 'ok'],
      ['build the whole series (W=1)', 'failed'],
      ['new warnings (sparse)', 'ok'],
      ['build all off (W=1)', 'failed'],
    ]);
  });

  it('shows what only sparse sees', async () => {
    const { cases, problems } = await check(['eight', 'SPARSE new']);
    expect(cases.filter(([, kind]) => kind === 'failed')).toEqual([['new warnings (sparse)', 'failed']]);
    expect(problems[0]?.message).toContain('kernel/sched/fair.c:9:1: warning: not declared');
  });

  it('shows what only a kernel without the mechanism warns of', async () => {
    const { cases, problems } = await check(['OFF new']);
    expect(cases.filter(([, kind]) => kind === 'failed')).toEqual([['build all off (W=1)', 'failed']]);
    expect(problems[0]?.message).toContain('kernel/sched/fair.c:8:1: warning: defined but not used');
  });

  it('leaves the rest of a series that does not build', async () => {
    const { cases, problems } = await check(['ERROR', 'nine']);
    expect(cases.slice(4)).toEqual([
      ['build 1 (W=1)', 'failed'],
      ['apply and build 2', 'skipped'],
      ['build the whole series (W=1)', 'skipped'],
      ['new warnings (sparse)', 'skipped'],
      ['build all off (W=1)', 'skipped'],
    ]);
    expect(problems[0]).toMatchObject({ code: 'LAB_BUILD_FAILED', message: expect.stringContaining("kernel/sched/fair.c:1:1: error: expected ';'") as string });
  });
});
