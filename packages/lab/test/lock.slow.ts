// SPDX-License-Identifier: MIT
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startOf } from '@unspin/debian';
import { ok } from '@unspin/diagnostics';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withLock } from '../src/lock.ts';

let dir: string;
let lock: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'unspin-lock-'));
  lock = join(dir, 'lock');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const full = async (file: string): Promise<void> => {
  writeFileSync(file, '');
  throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
};

/** How long it takes to get the lock. */
async function waited(): Promise<number> {
  const started = performance.now();
  const result = await withLock(lock, {}, async () => ok(performance.now() - started));
  return result.ok ? result.value : NaN;
}

describe('a lock', () => {
  it('names its holder while it is held, and is gone afterwards', async () => {
    const said = await withLock(lock, {}, async () => ok(readFileSync(lock, 'utf8')));
    expect(said).toMatchObject({ ok: true, value: `${process.pid} ${startOf(process.pid)}` });
    expect(readdirSync(dir)).toEqual([]);
  });

  it('is held by one at a time', async () => {
    let inside = 0;
    const body = async () => {
      expect(++inside).toBe(1);
      await sleep(5);
      inside--;
      return ok(null);
    };
    const all = await Promise.all(Array.from({ length: 4 }, () => withLock(lock, {}, body)));
    expect(all.every((result) => result.ok)).toBe(true);
  });

  it('is waited for while its holder runs, until the user stops', async () => {
    writeFileSync(lock, `${process.ppid} ${startOf(process.ppid)}`);
    const controller = new AbortController();
    const told: string[] = [];
    const waiting = withLock(lock, { signal: controller.signal, onProgress: (e) => told.push(e.kind === 'step' ? e.text : '') }, async () => ok(null));
    await expect.poll(() => told).toEqual([`waiting for process ${process.ppid} to finish with ${lock}`]);
    controller.abort();
    expect(await waiting).toMatchObject({ ok: false, diagnostics: [{ code: 'INTERRUPTED' }] });
    expect(existsSync(lock)).toBe(true);
  });

  it.each([
    ['its holder is gone', '999999999 5'],
    ['another process has the number of its holder', `${process.ppid} 1`],
    ['an older unspin that is gone wrote it', '999999999'],
  ])('is taken over at once where %s', async (_, text) => {
    writeFileSync(lock, text);
    expect(await waited()).toBeLessThan(1000);
    expect(readdirSync(dir)).toEqual([]);
  });

  it.each(['', 'half a num'])('is taken over after a while where it says "%s"', async (text) => {
    writeFileSync(lock, text);
    expect(await waited()).toBeGreaterThan(500);
    expect(readdirSync(dir)).toEqual([]);
  });

  it('leaves nothing behind where the disk is full', async () => {
    expect(await withLock(lock, {}, async () => ok(null), full)).toMatchObject({ ok: false, diagnostics: [{ code: 'LAB_DISK_FULL', help: expect.stringContaining('UNSPIN_CACHE') }] });
    expect(readdirSync(dir)).toEqual([]);
  });
});
