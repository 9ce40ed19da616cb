// SPDX-License-Identifier: MIT
import { loadFacts, REFERENCE_TREES } from '@unspin/trees';
import { parsePolicy } from '@unspin/policy';
import { describe, expect, it } from 'vitest';
import { compile } from '../src/index.ts';
import { shippedTemplates } from './templates.ts';

const both = { name: 'both', description: 'both', targets: ['kvm-host'], trees: ['6.1'], debooster: {}, strictBoost: {} };
const ecs = { name: 'ecs', description: 'ecs', targets: ['kvm-host', 'kvm-guest'], trees: ['6.1'], ecs: { schdspin: { mode: 'with-host-hint' } } };
const templates = shippedTemplates();

/** Where Strict Boost is told of IPIs. */
const TRACKED = [
  'if (lowest) {',
  'kvm_apic_track_hypercall_ipi(vcpu->arch.apic, &irq);',
  'kvm_apic_track_hypercall_ipi(vcpu->arch.apic, irq);',
  'kvm_apic_track_ipi(src, dst[i], irq);',
  'kvm_apic_track_ipi(src, lowest->arch.apic, irq);',
  'kvm_apic_track_ipi(src, vcpu->arch.apic, irq);',
];

const isExisting = (diff: string): boolean => diff.startsWith('a/') && !diff.includes('\nnew file mode');

function added(input: unknown, tree: string, neverCalled: boolean, wanted: (diff: string) => boolean = () => true): string[] {
  const { policy } = parsePolicy(input);
  const facts = loadFacts(tree);
  if (!facts.ok || policy === undefined) throw new Error(`facts of ${tree}`);
  const result = compile({ policy, policyFile: 'p', facts: facts.value, templates, toolVersion: 'test', neverCalled });
  if (!result.ok) throw new Error('does not compile');
  return result.series.files.filter((f) => f.name.endsWith('.patch')).flatMap((f) => f.text.split(/^diff --git /m)).filter(wanted).flatMap((diff) => diff.split('\n')).filter((line) => line.startsWith('+') && !line.startsWith('+++'));
}

describe('the negative control', () => {
  it.each(REFERENCE_TREES.map((t) => t.name))('leaves out the calls and nothing else on %s', (tree) => {
    const whole = added(both, tree, false);
    const silent = added(both, tree, true);
    const calls = whole.filter((line) => !silent.includes(line)).map((line) => line.slice(1).trim());
    expect(calls.filter((line) => line !== 'continue;').sort()).toEqual([...TRACKED, 'if (!vcpu_dy_wanted(me, vcpu, yield_to_kernel_mode))', 'yield_deboost(rq, p);'].sort());
    expect(silent.some((line) => line.includes('yield_deboost(struct rq'))).toBe(true);
  });

  it.each(REFERENCE_TREES.map((t) => t.name))('leaves out what spins and grants of eCS on %s, not what counts', (tree) => {
    const acts = /!ecs_schdspin\(\)|kvm_arch_vcpu_yield_to_ecs\(me\)|kvm_preempt_ops\.tick/;
    const counts = /\b(de)?activate_(non_)?preemptable_ecs(_if)?\(/;
    const [whole, silent] = [added(ecs, tree, false, isExisting), added(ecs, tree, true, isExisting)];
    expect(whole.filter((line) => acts.test(line)).length).toBeGreaterThan(2);
    expect(silent.filter((line) => acts.test(line))).toEqual([]);
    expect(silent.filter((line) => counts.test(line))).toEqual(whole.filter((line) => counts.test(line)));
  });
});
