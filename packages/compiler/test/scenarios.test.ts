// SPDX-License-Identifier: MIT
/**
 * Scenario folders: `<name>/<name>.policy.ts` in, and out either `<tree>.mbox` (the whole series) or
 * `diagnostics.txt`. RECORD=1 rewrites what is expected; files a scenario no longer produces fail the test.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatDiagnostic, type Diagnostic } from '@unspin/diagnostics';
import { loadPolicy, locatePolicyValue } from '@unspin/policy';
import { loadFacts } from '@unspin/trees';
import { describe, expect, it } from 'vitest';
import { compile, type Problem } from '../src/index.ts';
import { ROOT, shippedTemplates } from './templates.ts';

const SCENARIOS = join(import.meta.dirname, 'scenarios');
const RECORD = process.env['RECORD'] === '1';
const templates = shippedTemplates();

async function run(dir: string, name: string): Promise<Map<string, string>> {
  const loaded = await loadPolicy(join(dir, `${name}.policy.ts`), dir);
  if (!loaded.ok) return new Map([['diagnostics.txt', format(loaded.diagnostics, dir)]]);
  const { policy, file } = loaded.value;
  const outputs = new Map<string, string>();
  const problems: Problem[] = [];
  for (const tree of policy.trees) {
    const facts = loadFacts(tree);
    if (!facts.ok) throw new Error(`facts of ${tree}`);
    const result = compile({ policy, policyFile: file, facts: facts.value, templates, toolVersion: 'test' });
    if (result.ok) outputs.set(`${tree}.mbox`, result.series.files.filter((f) => f.name.endsWith('.patch')).map((f) => f.text).join('\n'));
    else problems.push(...result.problems);
  }
  if (problems.length === 0) return outputs;
  const placed = await Promise.all(
    problems.map(async (p) => (p.path === undefined ? p.diagnostic : { ...p.diagnostic, at: await locatePolicyValue(loaded.value, p.path, p.onKey) })),
  );
  return new Map([['diagnostics.txt', format(placed, dir)]]);
}

function format(diagnostics: readonly Diagnostic[], dir: string): string {
  const readSource = (file: string): string => readFileSync(join(dir, file), 'utf8');
  return `${diagnostics.map((d) => formatDiagnostic(d, { color: false, readSource })).join('\n\n')}\n`;
}

describe('scenarios', () => {
  const names = readdirSync(SCENARIOS).sort();
  it.each(names)('%s', async (name) => {
    const dir = join(SCENARIOS, name);
    const outputs = await run(dir, name);
    const recorded = readdirSync(dir).filter((f) => !f.endsWith('.ts'));
    if (RECORD) {
      for (const old of recorded) rmSync(join(dir, old));
      for (const [file, text] of outputs) writeFileSync(join(dir, file), text);
      return;
    }
    expect([...outputs.keys()].sort()).toEqual(recorded.sort());
    for (const [file, text] of outputs) expect(text).toBe(readFileSync(join(dir, file), 'utf8'));
  });

  it('exist for this compiler', () => {
    expect(names.length).toBeGreaterThan(8);
    expect(existsSync(join(ROOT, 'kernel-templates'))).toBe(true);
  });
});
