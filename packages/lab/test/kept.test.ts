// SPDX-License-Identifier: MIT
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOf } from '@unspin/debian';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claim, removeOfDead } from '../src/kept.ts';

const DEAD = 999_999_999;

let home: string;
beforeEach(() => (home = mkdtempSync(join(tmpdir(), 'unspin-kept-'))));
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** `name` was last used that many days ago. */
function folder(name: string, days: number): void {
  mkdirSync(join(home, name));
  writeFileSync(join(home, name, 'file'), name);
  const at = new Date(Date.now() - days * 86_400_000);
  utimesSync(join(home, name), at, at);
}

function note(name: string, pid: number, start: string | undefined): void {
  mkdirSync(join(home, '.users'), { recursive: true });
  writeFileSync(join(home, '.users', `${name}@${pid}-${start}`), '');
}

const there = (): readonly string[] => readdirSync(home).filter((name) => !name.startsWith('.')).sort();

describe('what is kept', () => {
  beforeEach(() => ['a', 'b', 'c', 'd'].forEach((name, days) => folder(name, days + 1)));

  it('are those last used, the claimed one among them', async () => {
    expect(await claim(home, 'd', 2)).toMatchObject({ ok: true, value: { first: true } });
    expect(there()).toEqual(['a', 'd']);
    expect(await claim(home, 'a', 1)).toMatchObject({ ok: true, value: { first: true } });
    expect(there()).toEqual(['a', 'd']);
    expect(await claim(home, 'd', 1)).toMatchObject({ ok: true, value: { first: false } });
    expect(readdirSync(home).sort()).toEqual(['.users', 'a', 'd']);
  });

  it('need not be there when it is claimed', async () => {
    await claim(home, 'new', 4);
    mkdirSync(join(home, 'new'));
    await claim(home, 'a', 1);
    expect(there()).toEqual(['a', 'new']);
  });

  it('is never what a process that runs has claimed or locked', async () => {
    note('d', process.ppid, startOf(process.ppid));
    writeFileSync(join(home, 'c/lock'), `${process.ppid} ${startOf(process.ppid)}`);
    expect(await claim(home, 'a', 1)).toMatchObject({ ok: true });
    expect(there()).toEqual(['a', 'c', 'd']);
    expect(await claim(home, 'd', 1)).toMatchObject({ ok: true, value: { first: false } });
  });

  it('does not hang on processes that are gone, nor on others that have their numbers', async () => {
    note('c', DEAD, '1');
    note('d', process.ppid, '1');
    writeFileSync(join(home, 'b/lock'), `${DEAD} 1`);
    await claim(home, 'a', 1);
    expect(there()).toEqual(['a']);
    expect(readdirSync(join(home, '.users'))).toEqual([`a@${process.pid}-${startOf(process.pid)}`]);
  });

  it('is whole: a removal that was begun is ended', async () => {
    mkdirSync(join(home, '.gone-d'));
    writeFileSync(join(home, '.gone-d/rest'), '');
    await claim(home, 'a', 3);
    expect(readdirSync(home).sort()).toEqual(['.users', 'a', 'b', 'c']);
  });
});

describe('what a killed process left', () => {
  it('is removed, and nothing of those that run', async () => {
    const [dead, live] = [`${DEAD}-0`, `${process.ppid}-0`];
    for (const name of [dead, live, 'other']) folder(name, 1);
    await removeOfDead(home, /^(\d+)-\d+$/);
    expect(there()).toEqual([live, 'other'].sort());
    await removeOfDead(join(home, 'nowhere'), /^(\d+)$/);
    expect(existsSync(join(home, 'nowhere'))).toBe(false);
  });
});
