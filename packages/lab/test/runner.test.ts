// SPDX-License-Identifier: MIT
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ok, fail, type Result } from '@unspin/diagnostics';
import { cellId, type Cell, type CellOutcome } from '@unspin/experiment';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BootedCell } from '../src/experiment/boot-cell.ts';
import { repeatCells, runCells, type RunProgress } from '../src/experiment/runner.ts';
import { openStore, resultOf } from '../src/experiment/store.ts';

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

  it('keeps what became of each boot', async () => {
    const [cell] = cells;
    const boots = [ok({ ...(booted(cell!, { kind: 'failed', verdict: 'lost-vm', evidence: '' }) as { value: BootedCell }).value, outside: true as const }), booted(cell!, done)];
    const result = await runCells({ cells: [cell!], keyOf, boot: async () => boots.shift()!, store: openStore(dir), jobs: 1 });
    if (!result.ok) throw new Error('ran');
    const { attempts } = resultOf(result.value.cells[0]!);
    expect(attempts).toEqual([{ verdict: 'lost-vm', outside: true, bytes: expect.stringMatching(/^[0-9a-f]{64}$/) }, { verdict: 'pass', bytes: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
    expect(attempts?.[0]?.bytes).not.toBe(attempts?.[1]?.bytes);
  });

  it('forgets no failure when failed cells are booted again', async () => {
    const run = (boot: CellOutcome, retryFailed: boolean) => runCells({ cells: cells.slice(0, 2), keyOf, boot: async (cell) => booted(cell, cell.arm === 'on' ? boot : done), store: openStore(dir), jobs: 1, retryFailed });
    const verdicts = (ran: Awaited<ReturnType<typeof run>>) => (ran.ok ? ran.value.cells.map((c) => c.attempts.map((a) => `${a.attempt} ${a.verdict}`)) : []);
    expect(verdicts(await run(panic, false))[1]).toEqual(['1 panic', '2 panic']);
    expect(verdicts(await run(done, false))[1]).toEqual(['1 panic', '2 panic']);
    expect(verdicts(await run(panic, true))).toEqual([['1 pass'], ['1 panic', '2 panic', '3 panic', '4 panic']]);
    expect(verdicts(await run(done, true))[1]).toEqual(['1 panic', '2 panic', '3 panic', '4 panic', '5 pass']);
  });

  it('forgets no failure when it is interrupted before the second boot', async () => {
    const controller = new AbortController();
    const boot = async (cell: Cell): Promise<Result<BootedCell>> => {
      controller.abort();
      return booted(cell, panic);
    };
    const request = { cells: cells.slice(0, 1), keyOf, store: openStore(dir), jobs: 1 };
    expect(await runCells({ ...request, boot, signal: controller.signal })).toMatchObject({ ok: false, diagnostics: [{ message: expect.stringContaining('0 of 1') }] });
    const resumed = await runCells({ ...request, boot: async (cell) => booted(cell, done) });
    expect(resumed.ok && resumed.value.cells[0]!.attempts.map((a) => `${a.attempt} ${a.verdict}`)).toEqual(['1 panic', '2 pass']);
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
    expect(openStore(dir).get(keyOf(cells[1]!))?.result.cell).toEqual(cells[1]);
    // The other one's writer still runs.
    expect(readdirSync(dir).filter((name) => !name.endsWith('.json'))).toEqual([halves[1]]);
    openStore(dir, 3);
    expect(readdirSync(dir).filter((name) => name.endsWith('.json'))).toHaveLength(3);
  });
});

describe('a kept cell', () => {
  const kept = { result: { cell: cells[0]!, outcome: done, consoleSha256: 'c' }, attempts: [{ cell: cells[0]!, attempt: 1, seconds: 2, verdict: 'pass', evidence: '' }] };
  const read = (value: unknown) => {
    writeFileSync(join(dir, 'k.json'), JSON.stringify(value));
    return openStore(dir).get('k');
  };

  it('comes back as it was kept', () => expect(read(kept)).toEqual(kept));

  it.each([
    ['nothing', null],
    ['another thing', [1]],
    ['no attempts', { result: kept.result }],
    ['an attempt without a verdict', { ...kept, attempts: [{ ...kept.attempts[0], verdict: undefined }] }],
    ['an outcome of another kind', { ...kept, result: { ...kept.result, outcome: { kind: 'passed' } } }],
    ['measurements without a part', { ...kept, result: { ...kept.result, outcome: { kind: 'done', measurements: { loadNs: 1, vms: [], host: {} } } } }],
    ['what later versions add', { ...kept, result: { ...kept.result, more: 1 } }],
  ])('is as if it had never run where it is %s', (_what, value) => expect(read(value)).toBeUndefined());
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

  it('repeats what was ended from outside, and says unequal if that happens again', async () => {
    const stored = cells.slice(0, 2).map((cell) => ({ result: { cell, outcome: done, consoleSha256: 'c' }, attempts: [] }));
    const killed: CellOutcome = { kind: 'failed', verdict: 'infrastructure', evidence: 'QEMU was killed' };
    const left: Record<string, CellOutcome[]> = { off: [killed, done], on: [killed, killed, done] };
    const repeats = await repeatCells(stored, { boot: async (cell) => booted(cell, left[cell.arm]!.shift()!), jobs: 1 });
    expect(repeats.ok && repeats.value.map((r) => r.first === r.again)).toEqual([true, false]);
  });
});
