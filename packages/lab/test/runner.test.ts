// SPDX-License-Identifier: MIT
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ok, fail, type Result } from '@unspin/diagnostics';
import { cellId, type Cell, type CellOutcome } from '@unspin/experiment';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BootedCell } from '../src/experiment/boot-cell.ts';
import { repeatCells, runCells, type RunProgress } from '../src/experiment/runner.ts';
import { openStore } from '../src/experiment/store.ts';

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'unspin-runner-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const cells: readonly Cell[] = [1, 2, 3, 4].flatMap((seed) => ['off', 'on'].map((arm) => ({ tree: '7.2', scenario: 's', arm, seed })));
const keyOf = (cell: Cell): string => cellId(cell).replaceAll('/', '-');
const done: CellOutcome = { kind: 'done', measurements: { loadNs: 1, vms: [], host: {}, timeline: { windowNs: 1, runNs: {} } } };
const panic: CellOutcome = { kind: 'failed', verdict: 'panic', evidence: 'Kernel panic' };
const booted = (cell: Cell, outcome: CellOutcome, console = 'c'): Result<BootedCell> => ok({ result: { cell, outcome, consoleSha256: console }, seconds: 2 });

describe('runCells', () => {
  it('keeps cells as they finish and runs none twice', async () => {
    const booting = new Set<number>();
    const ran: string[] = [];
    const boot = async (cell: Cell, slot: number): Promise<Result<BootedCell>> => {
      expect(booting.has(slot)).toBe(false);
      booting.add(slot);
      await new Promise((r) => setTimeout(r, 2));
      booting.delete(slot);
      ran.push(cellId(cell));
      return booted(cell, done);
    };
    const progress: RunProgress[] = [];
    const first = await runCells({ cells, keyOf, boot, store: openStore(dir), jobs: 2, onProgress: (p) => progress.push(p) });
    expect(first.ok && first.value.cells.map((c) => cellId(c.result.cell))).toEqual(cells.map(cellId));
    expect(progress.map((p) => p.done)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(progress[1]?.leftSeconds).toBe((2 * 6) / 2);
    const second = await runCells({ cells, keyOf, boot, store: openStore(dir), jobs: 2 });
    expect(second.ok && second.value.kept).toBe(8);
    expect(ran).toHaveLength(8);
  });

  it('tries a failed cell once more, and says so', async () => {
    let tries = 0;
    const boot = async (cell: Cell): Promise<Result<BootedCell>> => booted(cell, cell.seed === 2 && cell.arm === 'on' && tries++ === 0 ? panic : cell.seed === 3 ? panic : done);
    const progress: RunProgress[] = [];
    const result = await runCells({ cells, keyOf, boot, store: openStore(dir), jobs: 1, onProgress: (p) => progress.push(p) });
    if (!result.ok) throw new Error('ran');
    const attempts = Object.fromEntries(result.value.cells.map((c) => [cellId(c.result.cell), c.attempts.map((a) => a.verdict)]));
    expect(attempts['7.2/s/on/2']).toEqual(['panic', 'pass']);
    expect(attempts['7.2/s/off/3']).toEqual(['panic', 'panic']);
    expect(progress.filter((p) => p.again)).toHaveLength(3);
  });

  it('stops at once where nothing can be booted, and keeps what is finished', async () => {
    let n = 0;
    const boot = async (cell: Cell): Promise<Result<BootedCell>> => (++n > 2 ? fail([{ code: 'LAB_QEMU', severity: 'error', message: 'gone' }]) : booted(cell, done));
    expect(await runCells({ cells, keyOf, boot, store: openStore(dir), jobs: 1 })).toMatchObject({ ok: false, diagnostics: [{ code: 'LAB_QEMU' }] });
    expect(n).toBe(3);
    expect(readdirSync(dir)).toHaveLength(2);
  });

  it('says that the disk is full where a finished cell cannot be kept', async () => {
    const store = { ...openStore(dir), put: () => Promise.reject(Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })) };
    expect(await runCells({ cells, keyOf, boot: async (cell) => booted(cell, done), store, jobs: 2 })).toMatchObject({ ok: false, diagnostics: [{ code: 'LAB_DISK_FULL' }] });
  });

  it('goes on after an interruption, of which it keeps no cell', async () => {
    const controller = new AbortController();
    const boot = async (cell: Cell): Promise<Result<BootedCell>> => {
      if (cell.seed < 3) return booted(cell, done);
      controller.abort();
      return booted(cell, { kind: 'failed', verdict: 'interrupted', evidence: '' });
    };
    expect(await runCells({ cells, keyOf, boot, store: openStore(dir), jobs: 1, signal: controller.signal })).toMatchObject({ ok: false, diagnostics: [{ code: 'INTERRUPTED', message: expect.stringContaining('4 of 8') }] });
    const rest: string[] = [];
    await runCells({ cells, keyOf, boot: async (cell) => (rest.push(cellId(cell)), booted(cell, done)), store: openStore(dir), jobs: 1 });
    expect(rest).toHaveLength(4);
  });

  it('takes a damaged file for a cell that never ran, clears halves away and drops the oldest', async () => {
    const store = openStore(dir);
    for (const cell of cells) await store.put(keyOf(cell), { result: { cell, outcome: done, consoleSha256: '' }, attempts: [] });
    writeFileSync(join(dir, `${keyOf(cells[0]!)}.json`), '{"resu');
    const halves = [999_999_999, process.ppid].map((pid) => `${keyOf(cells[0]!)}.json.${pid}`);
    for (const half of halves) writeFileSync(join(dir, half), 'half');
    expect(openStore(dir).get(keyOf(cells[0]!))).toBeUndefined();
    // The other one's writer still runs.
    expect(readdirSync(dir).filter((name) => !name.endsWith('.json'))).toEqual([halves[1]]);
    openStore(dir, 3);
    expect(readdirSync(dir).filter((name) => name.endsWith('.json'))).toHaveLength(3);
  });
});

describe('repeatCells', () => {
  it('tells which repeat gave other bytes', async () => {
    const stored = cells.slice(0, 3).map((cell) => ({ result: { cell, outcome: done, consoleSha256: 'c' }, attempts: [] }));
    const boot = async (cell: Cell): Promise<Result<BootedCell>> => (cell.arm === 'on' ? booted(cell, done, 'other') : cell.seed === 2 ? booted(cell, panic) : booted(cell, done));
    const repeats = await repeatCells(stored, { boot, jobs: 2 });
    const differ = repeats.ok ? repeats.value.filter((r) => r.first !== r.again).map((r) => cellId(r.cell)) : [];
    expect(repeats).toMatchObject({ ok: true, value: { length: 3 } });
    expect(differ.sort()).toEqual(['7.2/s/off/2', '7.2/s/on/1']);
  });
});
