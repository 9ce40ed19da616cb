// SPDX-License-Identifier: MIT
/** Kinds of critical sections, as the host's statistics tell them apart: `ecs_avoided_KIND` and `ecs_unavoided_KIND`. */
export const ECS_KINDS = ['interrupt', 'lock', 'blocking', 'reader', 'rcu', 'preempt'] as const;

export type EcsKind = (typeof ECS_KINDS)[number];
