// SPDX-License-Identifier: MIT
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { extractFacts, pathsToRead } from '../src/extract.ts';
import { factsToJson } from '../src/facts-json.ts';
import type { SiteSpec, TreeFacts } from '../src/facts.ts';
import { treeReader } from '../src/read-tree.ts';
import type { ReadTreeFile } from '../src/source-set.ts';
import { headingAbove, windowsAround } from '../src/windows.ts';
import { FAIR, FEATURES, TOP, YIELD, YIELD_TO, kernel, reader, site } from './kernel.ts';

const extract = (sites: readonly SiteSpec[], read: ReadTreeFile = kernel()) => extractFacts({ tree: '6.12', root: '/src', read, sites, features: FEATURES });

function facts(sites: readonly SiteSpec[], read?: ReadTreeFile): TreeFacts {
  const result = extract(sites, read);
  if (!result.ok) throw new Error(result.diagnostics.map((d) => d.message).join('\n'));
  return result.value;
}

function diagnostics(sites: readonly SiteSpec[], read?: ReadTreeFile) {
  const result = extract(sites, read);
  if (result.ok) throw new Error('extracted');
  return result.diagnostics;
}

describe('extractFacts', () => {
  it('records version, features, sites and excerpts', () => {
    const value = facts([YIELD, YIELD_TO]);
    expect(value).toMatchObject({ tree: '6.12', version: '6.12.117', features: { 't.buddies': true, 't.skip': false } });
    expect(value.sites['t.yield']).toMatchObject({ file: 'kernel/sched/fair.c', function: 'yield_task_fair', line: 19, length: 1, variant: 'only' });
    expect(value.sites['t.yield']?.hash).toMatch(/^[0-9a-f]{16}$/);
    const { lineCount, windows } = value.files['kernel/sched/fair.c'] ?? { lineCount: 0, windows: [] };
    expect(lineCount).toBe(30);
    expect(windows).toHaveLength(1);
    expect(windows[0]).toMatchObject({ start: 15, heading: 'static void yield_task_fair(struct rq *rq)' });
    expect(windows[0]?.lines).toEqual(FAIR.split('\n').slice(14, 30));
  });

  it('takes its name from the Makefile where none is given', () => {
    const makefile = TOP.Makefile.replace('EXTRAVERSION =', 'EXTRAVERSION = -rc1');
    const result = extractFacts({ read: reader({ ...TOP, Makefile: makefile }), sites: [], features: [] });
    expect(result).toMatchObject({ ok: true, value: { tree: '6.12.117-rc1', version: '6.12.117-rc1' } });
  });

  it('names the nearest function where one was renamed', () => {
    const [only] = diagnostics([YIELD], kernel(FAIR.replace('void yield_task_fair(', 'void __yield_task_fair(')));
    expect(only).toMatchObject({ code: 'TREE_FUNCTION_MISSING', at: { file: '/src/kernel/sched/fair.c', line: 12 } });
    expect(only?.message).toBe('tree 6.12: kernel/sched/fair.c has no yield_task_fair, where site t.yield should be');
    expect(only?.help).toMatch(/^nearest: __yield_task_fair, /);
  });

  it('shows the nearest lines where an anchor is missing', () => {
    const [only] = diagnostics([YIELD], kernel(FAIR.replace('clear_buddies(cfs_rq, se)', 'clear_buddies(cfs_rq, curr)')));
    expect(only).toMatchObject({ code: 'TREE_ANCHOR_MISSING', at: { file: '/src/kernel/sched/fair.c', line: 19 } });
    expect(only?.message).toContain('in yield_task_fair has no `clear_buddies(cfs_rq, se);`');
    expect(only?.help).toMatch(/^nearest: 19: `clear_buddies\(cfs_rq, curr\);`/);
  });

  it('lists the lines where an anchor occurs twice, or two spellings match', () => {
    const twice = kernel(FAIR.replace('\tupdate_rq_clock(rq);', '\tclear_buddies(cfs_rq, se);'));
    expect(diagnostics([YIELD], twice)[0]).toMatchObject({ code: 'TREE_ANCHOR_AMBIGUOUS', message: expect.stringContaining('2 times, at lines 19, 20') });
    const both = { ...YIELD, anchors: [...YIELD.anchors, { variant: 'other', lines: ['\tupdate_rq_clock(rq);'] }] };
    expect(diagnostics([both])[0]).toMatchObject({ code: 'TREE_ANCHOR_AMBIGUOUS', message: expect.stringContaining('19 (only), 20 (other)') });
  });

  it('reports every lost site at once', () => {
    const lost = [site('t.a', 'gone', ['x']), site('t.b', null, ['gone']), { ...YIELD, id: 't.c', files: ['kernel/none.c', 'kernel/nil.c'] }, YIELD];
    expect(diagnostics(lost).map((d) => d.code)).toEqual(['TREE_FUNCTION_MISSING', 'TREE_ANCHOR_MISSING', 'TREE_FILE_MISSING']);
    expect(diagnostics(lost)[2]?.message).toBe('tree 6.12 has no kernel/none.c, kernel/nil.c, where site t.c should be');
  });

  it('passes over files without the scope, and sites whose gate fails', () => {
    const read = reader({ ...TOP, 'kernel/sched/core.c': 'int x;\n', 'kernel/sched/fair.c': FAIR });
    const moved = { ...YIELD, files: ['kernel/sched/core.c', 'kernel/sched/fair.c'] };
    const gone = { ...site('t.gone', 'gone', ['x']), when: 't.skip' };
    const held = { ...YIELD_TO, when: '!t.skip' };
    expect(Object.keys(facts([moved, gone, held], read).sites)).toEqual(['t.yield', 't.yieldTo']);
  });

  it('throws on a gate no probe provides and on a site described twice', () => {
    expect(() => extract([{ ...YIELD, when: 't.none' }])).toThrow('no feature probe');
    expect(() => extract([YIELD, YIELD])).toThrow('twice');
  });

  it('refuses what is no kernel', () => {
    for (const missing of ['Makefile', 'Kconfig', 'MAINTAINERS']) {
      const read = reader(Object.fromEntries(Object.entries(TOP).filter(([path]) => path !== missing)));
      expect(diagnostics([YIELD], read)).toMatchObject([{ code: 'TREE_NOT_KERNEL' }]);
    }
    expect(diagnostics([], reader({ ...TOP, Makefile: 'all:\n' }))).toMatchObject([{ code: 'TREE_NOT_KERNEL' }]);
  });

  it('reads a directory', () => {
    const dir = mkdtempSync(join(tmpdir(), 'unspin-trees-'));
    try {
      for (const [path, text] of Object.entries(TOP)) writeFileSync(join(dir, path), text);
      mkdirSync(join(dir, 'kernel', 'sched'), { recursive: true });
      writeFileSync(join(dir, 'kernel', 'sched', 'fair.c'), FAIR);
      expect(facts([YIELD], treeReader(dir))).toEqual(facts([YIELD]));
      expect(treeReader(dir)('Makefile/x')).toBeUndefined();
      expect(treeReader(dir)('kernel')).toBeUndefined();
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('writes the same JSON whatever the order of sites, one line of source per line', () => {
    const json = factsToJson(facts([YIELD, YIELD_TO]));
    expect(factsToJson(facts([YIELD_TO, YIELD]))).toBe(json);
    expect(JSON.parse(json)).toEqual(facts([YIELD, YIELD_TO]));
    expect(json).toContain('\n            "\\tclear_buddies(cfs_rq, se);",\n');
    expect(json.endsWith('}\n')).toBe(true);
  });

  it('lists the files it may read', () => {
    expect(pathsToRead([YIELD], FEATURES)).toEqual(['Kconfig', 'MAINTAINERS', 'Makefile', 'kernel/sched/fair.c', 'kernel/sched/none.c']);
  });
});

describe('windows', () => {
  const lines = Array.from({ length: 40 }, (_, i) => `line ${i + 1}`);
  const spans = (...sites: readonly (readonly [number, number])[]) =>
    windowsAround(lines, sites.map(([line, length]) => ({ line, length }))).map((window) => [window.start, window.start + window.lines.length - 1]);

  it('are clipped to the file', () => {
    expect(spans([2, 1], [40, 1])).toEqual([[1, 6], [36, 40]]);
  });

  it('merge where they overlap or touch', () => {
    expect(spans([10, 1], [19, 2])).toEqual([[6, 24]]);
    expect(spans([10, 1], [20, 1])).toEqual([[6, 14], [16, 24]]);
    expect(spans([20, 1], [10, 12])).toEqual([[6, 25]]);
  });

  it('are headed as git does for C: no labels, 80 characters, no trailing blanks', () => {
    const long = `static int f(${'x'.repeat(100)})`;
    expect(headingAbove([long, '{', 'out:', '\treturn;'], 4)).toBe(long.slice(0, 80));
    expect(headingAbove(['int g(void)  ', '{'], 2)).toBe('int g(void)');
    expect(headingAbove(['#include <x>', ' y'], 2)).toBe('');
  });
});
