// SPDX-License-Identifier: MIT
import { statSync } from 'node:fs';
import { labSites, MECHANISMS } from '@unspin/compiler';
import { fail, ok, type Result } from '@unspin/diagnostics';
import type { LoadedPolicy } from '@unspin/policy';
import { extractFacts, FEATURES, findReferenceTree, SITES, treeReader, type TreeFacts } from '@unspin/trees';

/** A directory with kernel sources: which tree it is of, and what it has. */
export interface ProbedTree {
  readonly dir: string;
  /** As policies name trees: "6.12" for every 6.12.x. */
  readonly tree: string;
  readonly version: string;
  readonly has: (feature: string) => boolean;
}

const inputOf = (dir: string) => ({ root: dir, read: treeReader(dir), features: FEATURES });

export function probeTree(typed: string, dir: string): Result<ProbedTree> {
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory() !== true) {
    const unknown = findReferenceTree(typed);
    return fail(unknown.diagnostics.map((d) => ({ ...d, message: `${d.message}; nor is it a directory` })));
  }
  const probed = extractFacts({ ...inputOf(dir), sites: [] });
  if (!probed.ok) return probed;
  const { version, features } = probed.value;
  return ok({ dir, tree: version.split('.').slice(0, 2).join('.'), version, has: (feature) => features[feature] === true });
}

/** Facts read from a directory, of just the sites that the policies need there. */
export function liveFacts({ dir, tree, has }: ProbedTree, policies: readonly LoadedPolicy[], withLab: boolean): Result<TreeFacts> {
  // What the tree cannot have is the compiler's to report; looking for its sites would only bury that.
  const possible = MECHANISMS.filter((m) => m.needsOneOf.length === 0 || m.needsOneOf.some(has));
  const needed = new Set(policies.flatMap(({ policy }) => possible.filter((m) => policy[m.section] !== undefined).flatMap((m) => m.sites(policy, has))));
  if (withLab) labSites.forEach((id) => needed.add(id));
  return extractFacts({ ...inputOf(dir), tree, sites: SITES.filter((s) => needed.has(s.id)) });
}
