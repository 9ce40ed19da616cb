// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FEATURES, REFERENCE_TREES, SITES, cacheDir, checkTree, extractTree, factsFile, fetchTree, listTrees, loadFacts } from '../src/index.ts';
import { TOP } from './kernel.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'unspin-commands-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

describe('commands', () => {
  it('refuse unknown trees and name the known ones', async () => {
    const unknown = { ok: false, diagnostics: [{ code: 'TREE_UNKNOWN', message: 'no tree "6.2"; known are 6.1, 6.12, 7.2' }] };
    expect(loadFacts('6.2')).toMatchObject(unknown);
    expect(loadFacts('6.2').diagnostics[0]?.help).toMatch(/^did you mean 6.1\?/);
    expect(extractTree({ dir, tree: '6.2', write: true })).toMatchObject(unknown);
    expect(await checkTree({ dir, tree: '6.2' })).toMatchObject(unknown);
    expect(await fetchTree({ tree: '6.2', into: dir })).toMatchObject(unknown);
  });

  it('refuse directories that are no kernel', () => {
    expect(extractTree({ dir })).toMatchObject({ ok: false, diagnostics: [{ code: 'TREE_NOT_KERNEL', message: expect.stringContaining(dir) }] });
  });

  it('report every site a bare kernel lacks, and write nothing', () => {
    for (const [path, text] of Object.entries(TOP)) writeFileSync(join(dir, path), text);
    const result = extractTree({ dir });
    if (!result.ok) expect(new Set(result.diagnostics.map((d) => d.code))).toEqual(new Set(['TREE_FILE_MISSING']));
  });

  it('list all reference trees, with facts or without', async () => {
    const list = await listTrees(dir);
    expect(list).toMatchObject({ ok: true, value: REFERENCE_TREES.map(({ name }) => ({ tree: name, fetched: undefined })) });
  });
});

describe('recorded facts', () => {
  const RENEW = 'the facts are older than src/sites or src/features.ts: run `unspin tree extract`';

  it.each(REFERENCE_TREES.map((tree) => tree.name))('of %s are those of the sites and features described today', (name) => {
    const facts = loadFacts(name);
    if (!facts.ok) throw new Error(facts.diagnostics[0]?.message);
    const { tree, version, features, files, sites } = facts.value;
    expect(tree).toBe(name);
    expect(version.startsWith(`${name}.`)).toBe(true);
    expect(Object.keys(features), RENEW).toEqual(FEATURES.map((feature) => feature.name).sort());
    const gateHolds = (when = ''): boolean => when === '' || (when.startsWith('!') ? features[when.slice(1)] === false : features[when] === true);
    const wanted = SITES.filter((site) => gateHolds(site.when));
    expect(Object.keys(sites), RENEW).toEqual(wanted.map((site) => site.id).sort());
    for (const spec of wanted) {
      const site = sites[spec.id];
      const window = files[site?.file ?? '']?.windows.find(({ start, lines }) => site !== undefined && start <= site.line && site.line < start + lines.length);
      if (site === undefined || window === undefined) throw new Error(`${spec.id} has no excerpt`);
      const at = site.line - window.start;
      const anchor = spec.anchors.find(({ variant }) => variant === site.variant);
      expect(window.lines.slice(at, at + site.length).map((line) => line.trimEnd()), RENEW).toEqual(anchor?.lines.map((line) => line.trimEnd()));
    }
  });
});

describe('paths', () => {
  it('lie in the project unless told otherwise', () => {
    const project = resolve(import.meta.dirname, '../../..');
    expect(cacheDir({})).toBe(join(project, '.unspin'));
    expect(cacheDir({ UNSPIN_CACHE: dir })).toBe(dir);
    expect(factsFile('6.12')).toBe(join(project, 'packages/trees/facts/6.12.json'));
  });
});
