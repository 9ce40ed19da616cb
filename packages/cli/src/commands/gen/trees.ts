// SPDX-License-Identifier: MIT
import { statSync } from 'node:fs';
import { labSites, MECHANISMS } from '@unspin/compiler';
import { fail, ok, type Diagnostic, type Result } from '@unspin/diagnostics';
import { locatePolicyValue, type LoadedPolicy } from '@unspin/policy';
import { extractFacts, FEATURES, loadFacts, REFERENCE_TREES, SITES, treeReader, type TreeFacts } from '@unspin/trees';
import { userPath, type Context } from '../../context.ts';

/** What is generated: one policy for one tree. */
export interface Job {
  readonly loaded: LoadedPolicy;
  readonly facts: TreeFacts;
}

export interface Jobs {
  readonly jobs: readonly Job[];
  /** Trees whose lab series is generated too. */
  readonly lab: readonly TreeFacts[];
}

/** Which trees are asked for: all, one by name, or a directory with sources. */
type TreeChoice = { readonly kind: 'all' } | { readonly kind: 'name'; readonly name: string } | { readonly kind: 'dir'; readonly dir: string };

function chooseTrees(context: Context, tree: string | undefined): TreeChoice {
  if (tree === undefined) return { kind: 'all' };
  if (REFERENCE_TREES.some((t) => t.name === tree)) return { kind: 'name', name: tree };
  return { kind: 'dir', dir: userPath(context, tree) };
}

/** Binds every policy to the facts of its trees; all errors at once. */
export async function planJobs(context: Context, policies: readonly LoadedPolicy[], tree: string | undefined, withLab: boolean): Promise<Result<Jobs>> {
  const choice = chooseTrees(context, tree);
  if (choice.kind === 'dir') {
    const live = liveFacts(tree ?? '', choice.dir, policies, withLab);
    return live.ok ? ok({ jobs: policies.map((loaded) => ({ loaded, facts: live.value })), lab: withLab ? [live.value] : [] }) : live;
  }
  const wanted = (name: string): boolean => choice.kind === 'all' || choice.name === name;
  const diagnostics: Diagnostic[] = [];
  const cache = new Map<string, Result<TreeFacts>>();
  const facts = (name: string): Result<TreeFacts> => {
    const known = cache.get(name) ?? loadFacts(name);
    cache.set(name, known);
    return known;
  };
  const jobs: Job[] = [];
  for (const loaded of policies) {
    for (const [i, name] of loaded.policy.trees.entries()) {
      const known = REFERENCE_TREES.some((t) => t.name === name);
      if (known && !wanted(name)) continue;
      const found = facts(name);
      if (found.ok) jobs.push({ loaded, facts: found.value });
      else if (known) diagnostics.push(...found.diagnostics);
      else diagnostics.push(...(await Promise.all(found.diagnostics.map(async (d) => ({ ...d, at: await locatePolicyValue(loaded, ['trees', i]) })))));
    }
  }
  const lab: TreeFacts[] = [];
  for (const { name } of withLab ? REFERENCE_TREES.filter((t) => wanted(t.name)) : []) {
    const found = facts(name);
    if (found.ok) lab.push(found.value);
    else diagnostics.push(...found.diagnostics);
  }
  return diagnostics.length > 0 ? fail(diagnostics) : ok({ jobs, lab });
}

/** Facts read from a directory, of just the sites that the policies need there. */
function liveFacts(typed: string, dir: string, policies: readonly LoadedPolicy[], withLab: boolean): Result<TreeFacts> {
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
