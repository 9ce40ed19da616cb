// SPDX-License-Identifier: MIT
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { contentOf, putInPlace } from '../src/content-dir.ts';
import { liveSeries } from '../src/kernel.ts';
import { policyText, PV_LOCK, temporaryDir, TestProject } from './project.ts';

function folder(files: Readonly<Record<string, string>>): string {
  const dir = join(temporaryDir(), 'new');
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  return dir;
}

describe('a folder named by what is in it', () => {
  it('has a name of its own for each content, wherever it lies', () => {
    const same = { '6.12/ecs/0001-a.patch': 'a', '6.12/ecs/series': 'b' };
    expect(contentOf(folder(same))).toBe(contentOf(folder(same)));
    const others = [{ ...same, '6.12/ecs/series': 'c' }, { '6.12/ecs/0001-a.patch': 'ab', '6.12/ecs/series': '' }, { '6.12/ecs/0001-b.patch': 'a', '6.12/ecs/series': 'b' }];
    expect(new Set([same, ...others].map((files) => contentOf(folder(files)))).size).toBe(4);
  });

  it('is left as it is where another process put it there first', () => {
    const [first, second] = [folder({ a: '1' }), folder({ a: '1' })];
    const to = join(temporaryDir(), contentOf(first));
    putInPlace(first, to);
    const before = readFileSync(join(to, 'a'), 'utf8');
    putInPlace(second, to);
    expect([before, readFileSync(join(to, 'a'), 'utf8')]).toEqual(['1', '1']);
    expect(existsSync(first)).toBe(false);
  });
});

describe('series for the sources at hand', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('are the same folder for all who ask, and stay while others are made', async () => {
    const cache = temporaryDir();
    vi.stubEnv('UNSPIN_CACHE', cache);
    const { root } = new TestProject({ x: policyText('x', PV_LOCK) });
    const context = { root, cwd: root, env: {}, signal: new AbortController().signal, interactive: false, color: false, stdout: () => undefined, stderr: () => undefined };
    // Its recorded facts stand for a tree.
    const sources = { tree: '6.12', package: 'p', packageVersion: '1', dir: '6.12', fresh: false };
    const made = await Promise.all([liveSeries(context, sources), liveSeries(context, sources)]);
    const [first, second] = made.map((m) => (m.ok ? m.value : JSON.stringify(m.diagnostics)));
    expect(first).toMatch(/\/series\/6\.12-[0-9a-f]{12}$/);
    expect(first).toBe(second);
    expect(existsSync(join(first!, '6.12/x/series'))).toBe(true);
    expect(readdirSync(join(cache, 'series')).filter((name) => name !== '.users')).toEqual([basename(first!)]);
  });
});
