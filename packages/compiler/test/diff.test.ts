// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileFacts, SiteFacts } from '@unspin/trees';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diffFile } from '../src/diff.ts';
import { appendLines, editAt, emptyFile, fromFacts, insertInto, type SparseFile } from '../src/sparse-file.ts';

const LINES = Array.from({ length: 60 }, (_, i) => (i % 20 === 0 ? `void function_${i}(void)` : `\tstatement(${i + 1});`));

function excerpt(...ranges: [number, number][]): FileFacts {
  return {
    lineCount: LINES.length,
    windows: ranges.map(([from, to]) => ({
      start: from,
      heading: LINES.slice(0, from - 1).findLast((l) => /^[A-Za-z]/.test(l)) ?? '',
      lines: LINES.slice(from - 1, to),
    })),
  };
}

const site = (line: number, length = 1): SiteFacts => ({ file: 'f.c', function: null, line, length, variant: 'only', hash: '' });

describe('patches made from excerpts', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'unspin-diff-'));
    execFileSync('git', ['init', '-q'], { cwd: dir });
    writeFileSync(join(dir, 'f.c'), LINES.map((l) => `${l}\n`).join(''));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const apply = (patch: string): string => {
    execFileSync('git', ['apply', '--whitespace=error-all', '-'], { cwd: dir, input: patch });
    return readFileSync(join(dir, 'f.c'), 'utf8');
  };
  const patchOf = (before: SparseFile | undefined, after: SparseFile): string => {
    const diff = diffFile(before, after);
    if (diff === undefined) throw new Error('nothing changed');
    return diff.text;
  };

  it('apply with git and give the edited file', () => {
    const before = fromFacts('f.c', excerpt([8, 18], [40, 52]));
    const after = editAt(editAt(before, site(12), 'insertAfter', ['\tadded();']), site(45, 2), 'replace', ['\tone();', '\ttwo();', '\tthree();']);
    const expected = [...LINES.slice(0, 12), '\tadded();', ...LINES.slice(12, 44), '\tone();', '\ttwo();', '\tthree();', ...LINES.slice(46)];
    const patch = patchOf(before, after);
    expect(patch).toContain('@@ -10,6 +10,7 @@ void function_0(void)');
    expect(patch).toContain('@@ -42,8 +43,9 @@ void function_40(void)');
    expect(apply(patch)).toBe(expected.map((l) => `${l}\n`).join(''));
  });

  it('count lines right when an earlier patch has moved an excerpt', () => {
    const base = fromFacts('f.c', excerpt([8, 18], [40, 52]));
    const first = editAt(base, site(12), 'insertBefore', ['\tnew();', '\tnewer();']);
    const second = editAt(first, site(46), 'insertBefore', ['\tlast();']);
    apply(patchOf(base, first));
    const patch = patchOf(first, second);
    expect(patch).toContain('@@ -45,6 +45,7 @@');
    expect(apply(patch).split('\n')[47]).toBe('\tlast();');
  });

  it('reach the ends of a file with less context', () => {
    const before = fromFacts('f.c', excerpt([1, 5], [56, 60]));
    const after = editAt(editAt(before, site(1), 'insertBefore', ['/* head */']), site(60), 'insertAfter', ['/* tail */']);
    const text = apply(patchOf(before, after));
    expect(text.startsWith('/* head */\n')).toBe(true);
    expect(text.endsWith('/* tail */\n')).toBe(true);
  });

  it('refuse an edit whose context the excerpt does not hold', () => {
    const before = fromFacts('f.c', excerpt([10, 14]));
    const after = editAt(before, site(11), 'insertAfter', ['\tx();']);
    expect(() => diffFile(before, after)).toThrow(/too short/);
  });

  it('add a file', () => {
    const patch = patchOf(undefined, appendLines(emptyFile('new.c'), ['int x;', 'int y;']));
    expect(patch).toContain('@@ -0,0 +1,2 @@');
    apply(patch);
    expect(readFileSync(join(dir, 'new.c'), 'utf8')).toBe('int x;\nint y;\n');
  });

  it('add to a block that an earlier edit put next to a site', () => {
    const before = fromFacts('f.c', excerpt([8, 18]));
    const block = ['#ifdef MINE', '\tint a;', '#ifdef NESTED', '\tint b;', '#endif', '#endif'];
    for (const where of ['insertAfter', 'insertBefore'] as const) {
      const first = editAt(editAt(before, site(12), where, block), site(12), where, ['#ifdef OTHER', '#endif']);
      const second = insertInto(first, site(12), '#ifdef MINE', ['\tint c;']);
      expect(second.segments[0]?.lines.map((l) => l.text).join('\n')).toContain(['\tint b;', '#endif', '\tint c;', '#endif'].join('\n'));
    }
    expect(() => insertInto(before, site(12), '#ifdef MINE', ['\tint c;'])).toThrow(/no earlier edit put #ifdef MINE here/);
  });

  it('refuse to replace lines that an earlier edit took away', () => {
    const before = fromFacts('f.c', excerpt([8, 18]));
    const once = editAt(before, site(12), 'replace', ['\ta();']);
    expect(() => editAt(once, site(12), 'replace', ['\tb();'])).toThrow(/no excerpt holds this site/);
  });
});
