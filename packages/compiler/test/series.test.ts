// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatSeries } from '../src/series.ts';
import { ROOT } from './templates.ts';

const header = { name: 'p', description: 'd', input: 'policies/p.policy.ts', command: 'pnpm gen p', tree: '6.1', version: '6.1.1', toolVersion: 'test' };
const diffs = [{ path: 'a.c', text: '', added: 0, removed: 0 }];
const changelogOf = (patch: string): string[] => {
  const lines = patch.split('\n');
  return lines.slice(lines.indexOf('') + 1, lines.indexOf('---'));
};

describe('changelogs', () => {
  it('fills a paragraph that became too wide, and leaves lists and quoted code alone', () => {
    const wide = 'word '.repeat(16).trim();
    const quoted = `    ${'x'.repeat(80)}`;
    const [, patch] = formatSeries(header, [{ subject: 's: Do', changelog: ['short', 'lines', '', wide, 'end', '', quoted], diffs }]);
    const lines = changelogOf(patch?.text ?? '');
    expect(lines.slice(0, 3)).toEqual(['short', 'lines', '']);
    expect(lines[3]).toBe('word '.repeat(15).trim());
    expect(lines[4]).toBe('word end');
    expect(lines[6]).toBe(quoted);
  });

  // What checkpatch calls COMMIT_LOG_LONG_LINE, seen without a kernel.
  it('of shipped patches are at most 75 characters wide', () => {
    const patches = join(ROOT, 'patches');
    const files = readdirSync(patches, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.patch'));
    expect(files.length).toBeGreaterThan(20);
    const wide = files.flatMap((f) => changelogOf(readFileSync(join(patches, f), 'utf8')).filter((line) => line.length > 75).map((line) => `${f}: ${line}`));
    expect(wide).toEqual([]);
  });
});
