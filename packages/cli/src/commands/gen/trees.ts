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

const isReference = (tree: string): boolean => REFERENCE_TREES.some((t) => t.name === tree);

function chooseTrees(context: Context, tree: string | undefined): TreeChoice {
  if (tree === undefined) return { kind: 'all' };
  if (isReference(tree)) return { kind: 'name', name: tree };
  return { kind: 'dir', dir: userPath(context, tree) };
}

/** Which policies are meant: all of policies/, and the lab's series with them, or those that were named. */
export type PolicyChoice = 'all' | 'named';

/** Binds every policy to the facts of its trees; all errors at once. */
export async function planJobs(context: Context, policies: readonly LoadedPolicy[], tree: string | undefined, which: PolicyChoice): Promise<Result<Jobs>> {
  const choice = chooseTrees(context, tree);
  if (choice.kind === 'dir') return planLive(tree ?? '', choice.dir, policies, which);
  const wanted = (name: string): boolean => choice.kind === 'all' || choice.name === name;
  if (choice.kind === 'name' && which === 'named') {
    const strangers = await notFor(choice.name, policies);
    if (strangers.length > 0) return fail(strangers);
  }
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
      const known = isReference(name);
      if (known && !wanted(name)) continue;
      const found = facts(name);
      if (found.ok) jobs.push({ loaded, facts: found.value });
      else if (known) diagnostics.push(...found.diagnostics);
      else diagnostics.push(...(await Promise.all(found.diagnostics.map(async (d) => ({ ...d, at: await locatePolicyValue(loaded, ['trees', i]) })))));
    }
  }
  const lab: TreeFacts[] = [];
  for (const { name } of which === 'all' ? REFERENCE_TREES.filter((t) => wanted(t.name)) : []) {
    const found = facts(name);
    if (found.ok) lab.push(found.value);
    else diagnostics.push(...found.diagnostics);
  }
  return diagnostics.length > 0 ? fail(diagnostics) : ok({ jobs, lab });
}

/**
 * Of a directory that is some state of a known tree, the policies for that tree. A kernel of another version is in no policy's list:
 * whoever names its directory wants every policy for it.
 */
async function planLive(typed: string, dir: string, policies: readonly LoadedPolicy[], which: PolicyChoice): Promise<Result<Jobs>> {
  const { liveFacts, probeTree } = await import('./live-facts.ts');
  const probed = probeTree(typed, dir);
  if (!probed.ok) return probed;
  const { tree } = probed.value;
  const known = isReference(tree);
  if (known && which === 'named') {
    const strangers = await notFor(tree, policies);
    if (strangers.length > 0) return fail(strangers);
  }
  const meant = known ? policies.filter(({ policy }) => policy.trees.includes(tree)) : policies;
  const live = liveFacts(probed.value, meant, which === 'all');
  return live.ok ? ok({ jobs: meant.map((loaded) => ({ loaded, facts: live.value })), lab: which === 'all' ? [live.value] : [] }) : live;
}

/** Policies that somebody named for a tree that is not in their list. */
export const notFor = (tree: string, policies: readonly LoadedPolicy[]): Promise<Diagnostic[]> =>
  Promise.all(
    policies
      .filter(({ policy }) => !policy.trees.includes(tree))
      .map(async (loaded): Promise<Diagnostic> => ({
        code: 'POLICY_NOT_FOR_TREE',
        severity: 'error',
        message: `policy ${loaded.policy.name} is not for tree ${tree}, only for ${loaded.policy.trees.join(', ')}`,
        help: `add '${tree}' to its trees, or name a policy that is for it`,
        at: await locatePolicyValue(loaded, ['trees']),
      })),
  );
