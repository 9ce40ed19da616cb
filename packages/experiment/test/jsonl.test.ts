// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { readJsonl, writeJsonl } from '../src/index.ts';
import { cannedRun } from './canned.ts';

const run = cannedRun();
const text = writeJsonl(run);
const lines = text.split('\n').slice(0, -1);
const problems = (changed: readonly string[]) => readJsonl(changed.map((l) => `${l}\n`).join(''), 'r.jsonl').diagnostics.map((d) => `${d.code} ${d.at?.line}: ${d.message}`);

describe('results as JSON lines', () => {
  it('come back as they were written', () => {
    const back = readJsonl(text, 'r.jsonl');
    expect(back.ok && back.value).toEqual(run);
    expect(back.ok && writeJsonl(back.value)).toBe(text);
  });

  it('hold what became of each boot, and are read without it', () => {
    const attempts = [{ verdict: 'lost-vm', bytes: 'a', outside: true as const }, { verdict: 'pass', bytes: 'b' }];
    const booted = { ...run, cells: run.cells.map((c) => ({ ...c, attempts })) };
    const back = readJsonl(writeJsonl(booted), 'r.jsonl');
    expect(back.ok && back.value).toEqual(booted);
    const old = readJsonl(text, 'r.jsonl');
    expect(old.ok && old.value.cells.some((c) => 'attempts' in c)).toBe(false);
  });

  it('are read from before images, programs and hashes of lab patches were kept', () => {
    const old = lines.map((line) => {
      const value = JSON.parse(line) as { kind: string; provenance: Record<string, unknown> };
      if (value.kind !== 'tree') return line;
      const { imagesSha256: _images, guestPrograms: _programs, ...rest } = value.provenance;
      return JSON.stringify({ ...value, provenance: { ...rest, labPatches: ['PAUSE filter'] } });
    });
    const back = readJsonl(old.map((l) => `${l}\n`).join(''), 'r.jsonl');
    expect(back.ok && back.value.provenance.map((p) => [p.labPatches, 'imagesSha256' in p])).toEqual([1, 2, 3].map(() => [[{ name: 'PAUSE filter' }], false]));
    expect(back.ok && readJsonl(writeJsonl(back.value), 'r.jsonl').ok).toBe(true);
  });

  it('do not depend on the order cells ran in', () => {
    expect(writeJsonl({ ...run, cells: [...run.cells].reverse(), provenance: [...run.provenance].reverse() })).toBe(text);
  });

  it('begin with the experiment', () => expect(JSON.parse(lines[0] ?? '')).toMatchObject({ kind: 'experiment', schema: 1, name: run.experiment.name, command: run.command }));

  it('say which line is wrong, all of them', () => {
    const changed = [...lines];
    changed[2] = '{"kind":"tree"';
    changed[5] = JSON.stringify({ ...(JSON.parse(changed[5] ?? '') as object), consoleSha256: 3 });
    changed[6] = changed[7] ?? '';
    expect(problems(changed)).toEqual([
      'RESULTS_CORRUPT 3: no JSON: "{\\"kind\\":\\"tree\\""',
      expect.stringMatching(/^RESULTS_CORRUPT 6: consoleSha256: /),
      expect.stringMatching(/^RESULTS_CORRUPT 8: cell .* stands here a second time$/),
    ]);
  });

  it('name strangers', () => {
    const [first = ''] = lines.slice(4);
    expect(problems([lines[0] ?? '', first.replace('"tree":"6.1"', '"tree":"5.4"')])).toEqual([expect.stringMatching(/the experiment has no tree 5\.4$/)]);
  });

  it('give what stands before half a line', () => {
    const back = readJsonl(text.slice(0, -10), 'r.jsonl');
    expect(back.ok && back.value.cells.length + back.value.repeats.length).toBe(run.cells.length + run.repeats.length - 1);
    expect(back.diagnostics.map((d) => [d.code, d.severity, d.at?.line])).toEqual([['RESULTS_TRUNCATED', 'warning', lines.length]]);
  });

  it.each([['', 'no results'], ['{"kind":"cell"}\n', 'kind: '], ['{"kind":"experiment","schema":2,"command":""}\n', 'schema: ']])('refuse %j', (broken, why) => {
    const back = readJsonl(broken, 'r.jsonl');
    expect(back.ok).toBe(false);
    expect(back.diagnostics[0]).toMatchObject({ code: 'RESULTS_CORRUPT', message: expect.stringContaining(why), at: { line: 1 } });
  });
});
