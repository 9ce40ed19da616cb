// SPDX-License-Identifier: MIT
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PatchSeries } from '@unspin/compiler';
import { ns, parsePolicyValue } from '@unspin/policy';
import { loadFacts, type TreeFacts } from '@unspin/trees';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compileJobs, type CompileOptions } from '../src/commands/gen/compile.ts';
import { readTemplates } from '../src/commands/gen/templates.ts';
import { ROOT } from './project.ts';

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'unspin-kept-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const templates = readTemplates(join(ROOT, 'kernel-templates'));

interface Changed {
  readonly file?: string;
  readonly facts?: (facts: TreeFacts) => TreeFacts;
}

async function compiled(haltPollNs: number, options: Omit<CompileOptions, 'kept'> = {}, toolId = 'a', sources = templates, { file = 'policies/p.policy.ts', facts: change = (facts) => facts }: Changed = {}): Promise<PatchSeries> {
  const policy = parsePolicyValue({
    name: 'p',
    description: 'For a test.',
    targets: ['kvm-host'],
    trees: ['6.1'],
    spin: { haltPoll: { maxNs: ns(haltPollNs) } },
  });
  const facts = loadFacts('6.1');
  if (!policy.ok || !facts.ok) throw new Error(JSON.stringify([...policy.diagnostics, ...facts.diagnostics]));
  const loaded = { file, policy: policy.value } as never;
  const result = await compileJobs({ jobs: [{ loaded, facts: change(facts.value) }], lab: [] }, sources, { ...options, kept: { dir, toolId } });
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics));
  return result.value.get('6.1/p') as PatchSeries;
}

/** Marks the one kept series, so that what is taken from it can be told from what is compiled. */
function mark(): void {
  const [name = ''] = readdirSync(dir);
  writeFileSync(join(dir, name), readFileSync(join(dir, name), 'utf8').replaceAll('"name":"series"', '"name":"marked"'));
}

const isMarked = (series: PatchSeries): boolean => series.files.some((f) => f.name === 'marked');

describe('series of earlier runs', () => {
  it('are taken when nothing has changed', async () => {
    const first = await compiled(300_000);
    expect(await compiled(300_000)).toEqual(first);
    mark();
    expect(isMarked(await compiled(300_000))).toBe(true);
  });

  it('are compiled again when anything has', async () => {
    const changes: readonly (() => Promise<PatchSeries>)[] = [
      () => compiled(300_001),
      () => compiled(300_000, { signOff: { name: 'A', email: 'a@localhost' } }),
      () => compiled(300_000, { neverCalled: true }),
      () => compiled(300_000, {}, 'b'),
      () => compiled(300_000, {}, 'a', { ...templates, key: 'others' }),
      () => compiled(300_000, {}, 'a', templates, { file: 'elsewhere/p.policy.ts' }),
      () => compiled(300_000, {}, 'a', templates, { facts: (facts) => ({ ...facts, version: '6.1.193' }) }),
    ];
    for (const change of changes) {
      await compiled(300_000);
      mark();
      expect(isMarked(await change())).toBe(false);
      expect(readdirSync(dir)).toHaveLength(1);
    }
    expect(JSON.stringify(await compiled(300_001))).toContain('300001');
  });

  it('are kept of the lab, too', async () => {
    const facts = loadFacts('6.1');
    if (!facts.ok) throw new Error(facts.diagnostics[0]?.message);
    const lab = async (version: string): Promise<PatchSeries> => {
      const result = await compileJobs({ jobs: [], lab: [{ ...facts.value, version }] }, templates, { kept: { dir, toolId: 'a' } });
      if (!result.ok) throw new Error(JSON.stringify(result.diagnostics));
      return result.value.get('lab/6.1') as PatchSeries;
    };
    await lab('6.1.192');
    mark();
    expect(isMarked(await lab('6.1.192'))).toBe(true);
    expect(isMarked(await lab('6.1.193'))).toBe(false);
  });

  it('are compiled again when they are cut off', async () => {
    const first = await compiled(300_000);
    const [name = ''] = readdirSync(dir);
    writeFileSync(join(dir, name), readFileSync(join(dir, name), 'utf8').slice(0, 100));
    expect(await compiled(300_000)).toEqual(first);
  });
});
