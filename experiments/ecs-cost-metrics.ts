import { lockLatency, PRIMITIVES, type ExperimentInput } from '@unspin/experiment';

export type Primitive = (typeof PRIMITIVES)[number];

/** One VM that has its CPUs for itself, so that seeds hardly differ. */
export const alone = (primitive: Primitive, threads = 1) => [{ name: 'a', vCpus: 2, workload: lockLatency({ primitive, threads, pairs: threads === 1 ? 100_000 : 40_000 }) }];

/** A scenario with one thread for each of the primitives, under its name. */
export const uncontended = (primitives: readonly Primitive[] = PRIMITIVES) =>
  Object.fromEntries(primitives.map((primitive) => [primitive, { title: `${primitive}, one thread`, vms: alone(primitive) }]));

/** Where no interrupt and no other thread comes in between, the ns of virtual time are the instructions of the pair and of the loop around it. */
export const pairMetrics = {
  /** Of any thread: with two it is most likely before the other began or after it ended. */
  best: { title: 'lock and unlock, in the fastest 256 pairs of one thread', unit: 'ns', better: 'lower', from: { kind: 'workload', value: 'bestNsPerPair' } },
  pair: { title: 'lock and unlock, mean', unit: 'ns', better: 'lower', from: { kind: 'workload', value: 'nsPerPair' } },
} as const;

export const costArms: ExperimentInput['arms'] = {
  absent: { title: 'no eCS in the host' },
  'not-asked': { title: 'the guest does not ask', switches: ['ecs'], features: { ecs: true } },
  on: { title: 'counting', switches: ['ecs'], features: { ecs: true }, guestKernelParameters: ['kvm_ecs=on'] },
};
