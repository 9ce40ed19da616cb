/** Kinds of critical sections, as KVM's statistics name them and as the paper does (eCS, ATC 2018, section 2.1). */
const KINDS = {
  interrupt: 'an interrupt (ICP)',
  lock: 'a spinning lock (LHP, non-blocking)',
  blocking: 'a blocking lock (LHP, blocking)',
  reader: 'a reader (RP)',
  rcu: 'an RCU reader (RRP)',
  preempt: 'preemption that is off, and not told why',
} as const;

type Kind = keyof typeof KINDS;

const kinds = Object.keys(KINDS) as Kind[];
const of = (kind: Kind): string[] => [`ecs_avoided_${kind}`, `ecs_unavoided_${kind}`];

/** Counters of preemptions that would have hit a critical section, and of those that did. */
export const avoided: string[] = kinds.map((kind) => `ecs_avoided_${kind}`);
export const unavoided: string[] = kinds.map((kind) => `ecs_unavoided_${kind}`);

/** What preemptions hit or would have hit, as the paper's figure 3 (iii) has it: the share of one kind in all of them, avoided or not. */
export const kindShare = (kind: Kind) => ({
  title: `share of preemptions in sections: ${KINDS[kind]}`,
  better: 'neither' as const,
  from: { kind: 'counterShare' as const, scope: 'vms' as const, part: of(kind), rest: kinds.filter((other) => other !== kind).flatMap(of) },
});
