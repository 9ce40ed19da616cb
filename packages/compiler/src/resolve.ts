// SPDX-License-Identifier: MIT
import type { Policy } from '@unspin/policy';
import type { SiteFacts, TreeFacts } from '@unspin/trees';
import { isUsed, type BoundTree, type Mechanism } from './mechanism.ts';
import type { Problem } from './problem.ts';

/** A policy whose every site is bound to a place in one tree. */
export interface BoundPolicy {
  readonly policy: Policy;
  readonly facts: TreeFacts;
  readonly mechanisms: readonly Mechanism[];
  readonly tree: BoundTree;
}

export function resolve(policy: Policy, facts: TreeFacts, mechanisms: readonly Mechanism[]): { readonly bound: BoundPolicy; readonly problems: readonly Problem[] } {
  const used = mechanisms.filter((m) => isUsed(m, policy));
  const has = (feature: string): boolean => facts.features[feature] === true;
  const problems = used
    .flatMap((m) => m.sites(policy, has).map((id) => ({ mechanism: m, id })))
    .filter(({ id }) => facts.sites[id] === undefined)
    .map(({ mechanism, id }): Problem => ({
      path: [mechanism.section],
      onKey: true,
      diagnostic: {
        code: 'TREE_FACTS_MISSING',
        severity: 'error',
        message: `no facts about site ${id} in tree ${facts.tree} (${facts.version})`,
        help: 'extract them from sources: ./unspin tree extract',
      },
    }));
  return { bound: { policy, facts, mechanisms: used, tree: bindTree(facts) }, problems };
}

export function bindTree(facts: TreeFacts): BoundTree {
  return {
    tree: facts.tree,
    version: facts.version,
    has(feature) {
      const value = facts.features[feature];
      if (value === undefined) throw new Error(`feature ${feature} is not in the table of features`);
      return value;
    },
    site(id): SiteFacts {
      const site = facts.sites[id];
      if (site === undefined) throw new Error(`site ${id} was used without being declared by its mechanism`);
      return site;
    },
    hasSite: (id) => facts.sites[id] !== undefined,
  };
}
