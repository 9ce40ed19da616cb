// SPDX-License-Identifier: MIT
import type { Policy, SectionName, Target } from '@unspin/policy';
import type { SiteFacts } from '@unspin/trees';
import type { PlannedPatch } from './plan.ts';

/** A tree as a mechanism sees it while lowering: its sites are known to be there. */
export interface BoundTree {
  readonly tree: string;
  readonly version: string;
  has(feature: string): boolean;
  site(id: string): SiteFacts;
  hasSite(id: string): boolean;
}

/**
 * One remedy, or the part of one that is one target's. Mechanisms are listed in `mechanisms/index.ts`, in the order their
 * patches take in a series.
 */
export interface Mechanism {
  /** Several may share a section: those that none of the policy's targets can have are left out. */
  readonly section: SectionName;
  /** Targets that can have it. A section none of whose mechanisms the policy's targets can have is refused. */
  readonly targets: readonly Target[];
  /** Features of which the tree must have at least one; the diagnostic names them. Empty: any tree will do. */
  readonly needsOneOf: readonly string[];
  /** Sites the policy's section needs in this tree. */
  sites(policy: Policy, has: (feature: string) => boolean): readonly string[];
  /** Sites at which existing code calls the mechanism. Without these edits it is compiled in, switched, and does nothing. */
  readonly hooks: readonly string[];
  /** The patches of this section, in bisectable order. Only called once all sites are bound. */
  lower(policy: Policy, tree: BoundTree): readonly PlannedPatch[];
}

/** Whether a policy's series has patches of this mechanism. */
export const isUsed = (mechanism: Mechanism, policy: Policy): boolean =>
  policy[mechanism.section] !== undefined && policy.targets.some((target) => mechanism.targets.includes(target));
