// SPDX-License-Identifier: MIT
import { loadFacts, REFERENCE_TREES } from '@unspin/trees';
import { parsePolicy } from '@unspin/policy';
import { describe, expect, it } from 'vitest';
import { compile } from '../src/index.ts';
import { shippedTemplates } from './templates.ts';

const { policy } = parsePolicy({ name: 'both', description: 'both', targets: ['kvm-host'], trees: ['6.1'], debooster: {}, strictBoost: {} });
const templates = shippedTemplates();

function added(tree: string, neverCalled: boolean): string[] {
  const facts = loadFacts(tree);
  if (!facts.ok || policy === undefined) throw new Error(`facts of ${tree}`);
  const result = compile({ policy, policyFile: 'p', facts: facts.value, templates, toolVersion: 'test', neverCalled });
  if (!result.ok) throw new Error('does not compile');
  return result.series.files.filter((f) => f.name.endsWith('.patch')).flatMap((f) => f.text.split('\n')).filter((line) => line.startsWith('+') && !line.startsWith('+++'));
}

describe('the negative control', () => {
  it.each(REFERENCE_TREES.map((t) => t.name))('leaves out the calls and nothing else on %s', (tree) => {
    const whole = added(tree, false);
    const silent = added(tree, true);
    const calls = whole.filter((line) => !silent.includes(line)).map((line) => line.slice(1).trim());
    expect(calls.filter((line) => line !== 'continue;').sort()).toEqual(['if (!vcpu_dy_wanted(me, vcpu, yield_to_kernel_mode))', 'yield_deboost(rq, p);']);
    expect(silent.some((line) => line.includes('yield_deboost(struct rq'))).toBe(true);
  });
});
