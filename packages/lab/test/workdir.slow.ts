// SPDX-License-Identifier: MIT
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOf } from '@unspin/debian';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSeries, type PatchFile } from '../src/series.ts';
import { checkoutSeries, openWorkdir, type Workdir } from '../src/workdir.ts';

let dir: string;
let workdir: Workdir;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'unspin-workdir-'));
  const src = join(dir, 'linux');
  mkdirSync(src);
  for (const name of ['Makefile', 'a.c', 'b.h', 'c.c']) writeFileSync(join(src, name), 'one\ntwo\nthree\n');
  const opened = await openWorkdir({ tree: '6.12', version: '6.12.1', dir: src }, join(dir, 'cache'));
  if (!opened.ok) throw new Error(opened.diagnostics[0]?.message);
  workdir = opened.value;
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A series whose patches each change the second line of a file. */
async function series(name: string, changes: readonly (readonly [file: string, to: string])[]): Promise<readonly PatchFile[]> {
  const at = join(dir, name);
  mkdirSync(at);
  const names = changes.map(([file], i) => `000${i + 1}-${file}.patch`);
  writeFileSync(join(at, 'series'), `${names.join('\n')}\n`);
  changes.forEach(([file, to], i) => {
    const text = `From 0 Mon Sep 17 00:00:00 2001\nFrom: unspin <unspin@localhost>\nSubject: [PATCH] ${file}\n\n${to}\n---\n ${file} | 2 +-\n\ndiff --git a/${file} b/${file}\n--- a/${file}\n+++ b/${file}\n@@ -1,3 +1,3 @@\n one\n-two\n+${to}\n three\n-- \nunspin\n`;
    writeFileSync(join(at, names[i] ?? ''), text);
  });
  const read = await readSeries(at);
  if (!read.ok) throw new Error(read.diagnostics[0]?.message);
  return read.value.patches;
}

const past = new Date('2026-01-01T00:00:00Z');
/** As if what lies there had been built long ago. */
const age = (): void => ['a.c', 'b.h', 'c.c'].forEach((name) => utimesSync(join(workdir.src, name), past, past));
const aged = (): Record<string, boolean> => Object.fromEntries(['a.c', 'b.h', 'c.c'].map((name) => [name, statSync(join(workdir.src, name)).mtimeMs === past.getTime()]));

describe('moving a checkout from one series to another', () => {
  it('leaves the times of files that are the same in both, though they were taken back on the way', async () => {
    const [first, second] = [await series('first', [['a.c', '2'], ['b.h', '2']]), await series('second', [['c.c', '3'], ['b.h', '2']])];
    expect((await checkoutSeries(workdir, first, {})).ok).toBe(true);
    age();
    expect((await checkoutSeries(workdir, second, {})).ok).toBe(true);
    expect(readFileSync(join(workdir.src, 'b.h'), 'utf8')).toBe('one\n2\nthree\n');
    expect(aged()).toEqual({ 'a.c': false, 'b.h': true, 'c.c': false });
  });

  it('does not take what was left half-changed for what its commit says', async () => {
    const [first, second] = [await series('first', [['b.h', '2']]), await series('second', [['c.c', '3'], ['b.h', '2']])];
    await checkoutSeries(workdir, first, {});
    writeFileSync(join(workdir.src, 'b.h'), 'half\n');
    age();
    await checkoutSeries(workdir, second, {});
    expect(readFileSync(join(workdir.src, 'b.h'), 'utf8')).toBe('one\n2\nthree\n');
    expect(aged()['b.h']).toBe(false);
  });
});

describe('a tree that several ask for at once', () => {
  const input = () => ({ tree: '6.12', version: '6.12.1', dir: join(dir, 'linux') });

  it('is taken in once, and is the same for all', async () => {
    const steps: string[] = [];
    const open = () => openWorkdir(input(), join(dir, 'other'), { onProgress: (e) => steps.push(e.kind === 'step' ? e.text : '') });
    const opened = await Promise.all([open(), open(), open()]);
    expect(new Set(opened.map((o) => (o.ok ? o.value.base : JSON.stringify(o.diagnostics)))).size).toBe(1);
    expect(opened.every((o) => o.ok)).toBe(true);
    expect(steps.filter((text) => text.endsWith('into a repository'))).toHaveLength(1);
    expect(steps.filter((text) => text.endsWith('checking the sources out'))).toHaveLength(1);
  });

  it('keeps the log of who is at work, and waits for nobody where it is ready', async () => {
    writeFileSync(workdir.logFile, 'so far\n');
    writeFileSync(workdir.lock, `${process.ppid} ${startOf(process.ppid)}`);
    expect((await openWorkdir(input(), join(dir, 'cache'))).ok).toBe(true);
    expect(readFileSync(workdir.logFile, 'utf8')).toMatch(/^so far\n/);
  });
});

describe('trees', () => {
  it('are removed beyond those last used, but not this one', async () => {
    const trees = join(dir, 'cache/trees');
    for (const n of [1, 2, 3, 4, 5]) {
      mkdirSync(join(trees, `6.12.${n}`, 'build'), { recursive: true });
      utimesSync(join(trees, `6.12.${n}`), past, new Date(past.getTime() + n * 1000));
    }
    utimesSync(workdir.root, past, past);
    expect((await openWorkdir({ tree: '6.12', version: '6.12.1', dir: join(dir, 'linux') }, join(dir, 'cache'))).ok).toBe(true);
    expect([1, 2, 3, 4, 5].filter((n) => existsSync(join(trees, `6.12.${n}`)))).toEqual([3, 4, 5]);
    expect(existsSync(join(workdir.src, 'Makefile'))).toBe(true);
  });
});
