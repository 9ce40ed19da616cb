// SPDX-License-Identifier: MIT
import type { Policy, Target } from '@unspin/policy';
import type { TreeFacts } from '@unspin/trees';
import { isUsed, type Mechanism } from './mechanism.ts';
import { policyProblem, type Problem } from './problem.ts';

/** Targets of the parts of `spin`: a guest's locks are the guest's, pause loops and halts the host's. */
const SPIN_PARTS: Readonly<Record<'pvLock' | 'ple' | 'haltPoll', readonly Target[]>> = {
  pvLock: ['kvm-guest', 'tdx-guest'],
  ple: ['kvm-host'],
  haltPoll: ['kvm-host'],
};

/** What a policy may not ask for, whatever the tree. All errors at once. */
export function checkPolicy(policy: Policy, mechanisms: readonly Mechanism[]): Problem[] {
  return [...emptyPolicy(policy, mechanisms), ...targets(policy, mechanisms), ...windows(policy), ...conflicts(policy), ...ecsSites(policy)];
}

/** What this tree lacks of what the policy asks for. */
export function checkTree(policy: Policy, facts: TreeFacts, mechanisms: readonly Mechanism[]): Problem[] {
  return mechanisms
    .filter((m) => isUsed(m, policy) && m.needsOneOf.length > 0 && !m.needsOneOf.some((f) => facts.features[f] === true))
    .map((m) =>
      policyProblem(
        'TREE_LACKS_FEATURE',
        [m.section],
        `tree ${facts.tree} (${facts.version}) lacks what ${m.section} needs: ${m.needsOneOf.join(' or ')}`,
        `remove '${facts.tree}' from the policy's trees or '${m.section}' from the policy`,
      ),
    );
}

function emptyPolicy(policy: Policy, mechanisms: readonly Mechanism[]): Problem[] {
  const used = mechanisms.some((m) => policy[m.section] !== undefined);
  const parts = policy.spin === undefined || Object.values(policy.spin).some((part) => part !== undefined);
  if (used && parts) return [];
  return [policyProblem('POLICY_INVALID', used ? ['spin'] : ['name'], 'the policy asks for nothing', 'add a section, see docs/policy-reference.md')];
}

function targets(policy: Policy, mechanisms: readonly Mechanism[]): Problem[] {
  const none = (allowed: readonly Target[]): boolean => !policy.targets.some((t) => allowed.includes(t));
  const cannot = (what: string, path: string[], allowed: readonly Target[]): Problem =>
    policyProblem(
      'TARGET_CANNOT',
      path,
      `${policy.targets.join(', ')} cannot have ${what}: it lives in ${allowed.join(' or ')}`,
      `add one of ${allowed.map((t) => `'${t}'`).join(', ')} to targets, or remove the section`,
    );
  const sections = [...new Set(mechanisms.map((m) => m.section))]
    .filter((section) => section !== 'spin' && policy[section] !== undefined)
    .map((section) => ({ section, allowed: [...new Set(mechanisms.filter((m) => m.section === section).flatMap((m) => m.targets))] }))
    .filter(({ allowed }) => none(allowed))
    .map(({ section, allowed }) => cannot(section, [section], allowed));
  const spin = (Object.keys(SPIN_PARTS) as (keyof typeof SPIN_PARTS)[])
    .filter((part) => policy.spin?.[part] !== undefined && none(SPIN_PARTS[part]))
    .map((part) => cannot(`spin.${part}`, ['spin', part], SPIN_PARTS[part]));
  return [...sections, ...spin];
}

function windows(policy: Policy): Problem[] {
  const ple = policy.spin?.ple;
  if (ple === undefined) return [];
  const pairs = [
    ['windowMaxCycles', ple.windowMaxCycles, 'windowCycles', ple.windowCycles],
    ['svmCountMaxPauses', ple.svmCountMaxPauses, 'svmCountPauses', ple.svmCountPauses],
  ] as const;
  return pairs
    .filter(([, max, , start]) => max < start)
    .map(([maxKey, max, startKey, start]) =>
      policyProblem('POLICY_OUT_OF_RANGE', ['spin', 'ple', maxKey], `${maxKey} (${max}) is below ${startKey} (${start})`, `raise ${maxKey} to at least ${start}`),
    );
}

/** Mechanisms that only act on pause-loop exits are dead where the same policy turns those off. */
function conflicts(policy: Policy): Problem[] {
  const ple = policy.spin?.ple;
  if (ple === undefined || (ple.gapCycles !== 0 && ple.svmCountPauses !== 0)) return [];
  const off = ple.gapCycles === 0 ? 'gapCycles' : 'svmCountPauses';
  return (['debooster', 'strictBoost'] as const)
    .filter((section) => policy[section] !== undefined)
    .map((section) =>
      policyProblem(
        'MECHANISM_CONFLICT',
        ['spin', 'ple', off],
        `spin.ple.${off} = 0 turns pause-loop exiting off, and ${section} acts on nothing else`,
        `give ${off} a value above 0, or remove ${section}`,
      ),
    );
}

/** The preemption count holds these, wanted or not. */
function ecsSites(policy: Policy): Problem[] {
  const ecs = policy.ecs;
  if (ecs?.counting !== 'preempt-count') return [];
  return (['spinlock', 'rwlockRead', 'rwlockWrite', 'hardirq', 'softirq'] as const)
    .filter((kind) => !ecs.sites[kind])
    .map((kind) =>
      policyProblem(
        'MECHANISM_CONFLICT',
        ['ecs', 'sites', kind],
        `ecs.counting = 'preempt-count' makes the host read the preemption count, which cannot leave out ${kind}`,
        `remove ecs.sites.${kind}, or set ecs.counting to 'annotated'`,
      ),
    );
}
