// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defineExperiment, findExperiments, loadExperiment } from '../src/index.ts';

const root = resolve(import.meta.dirname, '../../..');
let dir: string;
beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), 'unspin-experiment-'))));
afterAll(() => rmSync(dir, { recursive: true }));

/** Writes a file that is placed in, and gives `exported` for what running it would give. */
async function load(name: string, text: string, exported: unknown) {
  const path = join(dir, `${name}.experiment.ts`);
  writeFileSync(path, text);
  return loadExperiment(path, dir, () => (exported instanceof Error ? Promise.reject(exported) : Promise.resolve({ default: exported })));
}

describe('loadExperiment', () => {
  it('loads all that ship, without a complaint', async () => {
    const paths = findExperiments(join(root, 'experiments'));
    expect(paths.length).toBeGreaterThan(0);
    for (const path of paths) {
      const loaded = await loadExperiment(path, root);
      expect(loaded.diagnostics).toEqual([]);
      expect(loaded.ok).toBe(true);
    }
  });

  it('places what is wrong', async () => {
    const text = "export default defineExperiment({\n  name: 'x',\n  arms: {\n    on: { swiches: [] },\n  },\n});\n";
    const loaded = await load('x', text, defineExperiment({ name: 'x', arms: { on: { swiches: [] } } } as never));
    expect(loaded.diagnostics).toContainEqual(expect.objectContaining({ code: 'EXPERIMENT_UNKNOWN_KEY', at: { file: 'x.experiment.ts', line: 4, column: 11, path: 'arms.on.swiches' } }));
  });

  it.each([
    ['EXPERIMENT_SYNTAX', 'export default defineExperiment({,});', new Error('syntax')],
    ['EXPERIMENT_THROWS', "throw new Error('no');", new Error('no')],
    ['EXPERIMENT_NO_EXPORT', 'export default 3;', 3],
  ])('%s', async (code, text, exported) => {
    expect((await load('y', text, exported)).diagnostics.map((d) => d.code)).toEqual([code]);
  });

  it('EXPERIMENT_NOT_FOUND', async () => {
    expect((await loadExperiment(join(dir, 'none.experiment.ts'), dir)).diagnostics).toEqual([
      { code: 'EXPERIMENT_NOT_FOUND', severity: 'error', message: 'no experiment file none.experiment.ts', help: 'name an experiment of experiments/ or a path to a *.experiment.ts' },
    ]);
  });
});
