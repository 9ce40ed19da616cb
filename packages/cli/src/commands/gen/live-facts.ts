// SPDX-License-Identifier: MIT
import { statSync } from 'node:fs';
import { labSites, MECHANISMS } from '@unspin/compiler';
import { fail, type Result } from '@unspin/diagnostics';
import type { LoadedPolicy } from '@unspin/policy';
import { extractFacts, FEATURES, loadFacts, SITES, treeReader, type TreeFacts } from '@unspin/trees';

/** Facts read from a directory, of just the sites that the policies need there. */
export function liveFacts(typed: string, dir: string, policies: readonly LoadedPolicy[], withLab: boolean): Result<TreeFacts> {
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory() !== true) {
    const unknown = loadFacts(typed);
    return unknown.ok ? unknown : fail(unknown.diagnostics.map((d) => ({ ...d, message: `${d.message}; nor is it a directory` })));
  }
  const input = { root: dir, read: treeReader(dir), features: FEATURES };
  const probed = extractFacts({ ...input, sites: [] });
  if (!probed.ok) return probed;
  const has = (feature: string): boolean => probed.value.features[feature] === true;
  // What the tree cannot have is the compiler's to report; looking for its sites would only bury that.
  const possible = MECHANISMS.filter((m) => m.needsOneOf.length === 0 || m.needsOneOf.some(has));
  const needed = new Set(policies.flatMap(({ policy }) => possible.filter((m) => policy[m.section] !== undefined).flatMap((m) => m.sites(policy, has))));
  if (withLab) labSites.forEach((id) => needed.add(id));
  const tree = probed.value.version.split('.').slice(0, 2).join('.');
  return extractFacts({ ...input, tree, sites: SITES.filter((s) => needed.has(s.id)) });
}
