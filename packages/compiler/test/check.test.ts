// SPDX-License-Identifier: MIT
import { parsePolicyValue, type Policy, type PolicyInput } from '@unspin/policy';
import { cycles, pauses } from '@unspin/policy';
import type { TreeFacts } from '@unspin/trees';
import { describe, expect, it } from 'vitest';
import { checkPolicy, checkTree } from '../src/check.ts';
import type { Mechanism } from '../src/mechanism.ts';
import { resolve } from '../src/resolve.ts';

function mechanism(section: Mechanism['section'], needsOneOf: readonly string[] = []): Mechanism {
  return { section, targets: ['kvm-host'], needsOneOf, hooks: [], sites: () => [`${section}.hook`], lower: () => [] };
}

const MECHANISMS = [mechanism('spin'), mechanism('debooster', ['sched.eevdf', 'sched.cfsBuddies']), mechanism('strictBoost')];

function policy(sections: Partial<PolicyInput>): Policy {
  const parsed = parsePolicyValue({ name: 'p', description: 'd', targets: ['kvm-host'], trees: ['9.9'], ...sections });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.diagnostics));
  return parsed.value;
}

const facts = (features: Record<string, boolean>): TreeFacts => ({ tree: '9.9', version: '9.9.1', features, files: {}, sites: {} });
const found = (p: Policy): string[] => checkPolicy(p, MECHANISMS).map((x) => `${x.diagnostic.code} ${(x.path ?? []).join('.')}`);

describe('checkPolicy', () => {
  it('passes a sound policy', () => expect(found(policy({ debooster: {}, strictBoost: {} }))).toEqual([]));

  it('names the target that cannot have a section, and the part of spin', () => {
    expect(found(policy({ targets: ['tdx-guest'], debooster: {}, spin: { haltPoll: {}, pvLock: {} } }))).toEqual(['TARGET_CANNOT debooster', 'TARGET_CANNOT spin.haltPoll']);
  });

  it('finds the conflict on either vendor', () => {
    expect(found(policy({ debooster: {}, spin: { ple: { gapCycles: cycles(0) } } }))).toEqual(['MECHANISM_CONFLICT spin.ple.gapCycles']);
    expect(found(policy({ strictBoost: {}, spin: { ple: { svmCountPauses: pauses(0) } } }))).toEqual(['MECHANISM_CONFLICT spin.ple.svmCountPauses']);
    expect(found(policy({ spin: { ple: { gapCycles: cycles(0) } } }))).toEqual([]);
  });

  it('lets mechanisms of several targets share a section, and uses those the targets can have', () => {
    const part = (targets: Mechanism['targets'], id: string): Mechanism => ({ ...mechanism('ecs'), targets, sites: () => [id] });
    const parts = [part(['kvm-host', 'kvm-guest'], 'abi'), part(['kvm-guest'], 'guest'), part(['kvm-host'], 'host')];
    const sites = (targets: Policy['targets']): readonly string[] =>
      resolve(policy({ targets, ecs: {} }), facts({}), parts).problems.map((p) => /site (\w+)/.exec(p.diagnostic.message)?.[1] ?? '');
    expect(sites(['kvm-guest'])).toEqual(['abi', 'guest']);
    expect(sites(['kvm-host'])).toEqual(['abi', 'host']);
    expect(sites(['kvm-guest', 'kvm-host'])).toEqual(['abi', 'guest', 'host']);
    expect(checkPolicy(policy({ targets: ['tdx-guest'], ecs: {} }), parts).map((p) => p.diagnostic.message)).toEqual([
      'tdx-guest cannot have ecs: it lives in kvm-host or kvm-guest',
    ]);
  });

  it('refuses a policy that asks for nothing', () => {
    expect(found(policy({}))).toEqual(['POLICY_INVALID name']);
    expect(found(policy({ spin: {} }))).toEqual(['POLICY_INVALID spin']);
  });
});

describe('a tree that lacks something', () => {
  it('is told by the feature', () => {
    const problems = checkTree(policy({ debooster: {} }), facts({ 'sched.eevdf': false, 'sched.cfsBuddies': false }), MECHANISMS);
    expect(problems.map((p) => p.diagnostic.message)).toEqual(['tree 9.9 (9.9.1) lacks what debooster needs: sched.eevdf or sched.cfsBuddies']);
    expect(checkTree(policy({ debooster: {} }), facts({ 'sched.eevdf': true, 'sched.cfsBuddies': false }), MECHANISMS)).toEqual([]);
  });

  it('is told by the site', () => {
    const { problems } = resolve(policy({ debooster: {}, strictBoost: {} }), facts({}), MECHANISMS);
    expect(problems.map((p) => p.diagnostic.code)).toEqual(['TREE_FACTS_MISSING', 'TREE_FACTS_MISSING']);
  });
});
