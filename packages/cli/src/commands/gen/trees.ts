// SPDX-License-Identifier: MIT
import { fail, ok, type Diagnostic, type Result } from '@unspin/diagnostics';
import { locatePolicyValue, type LoadedPolicy } from '@unspin/policy';
import { loadFacts, REFERENCE_TREES, type TreeFacts } from '@unspin/trees';
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
    const { liveFacts } = await import('./live-facts.ts');
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
