import { defineExperiment, lockLatency, PRIMITIVES } from '@unspin/experiment';

const vm = (primitive: (typeof PRIMITIVES)[number], threads: number) => [{ name: 'a', vCpus: 2, workload: lockLatency({ primitive, threads, pairs: threads === 1 ? 100_000 : 40_000 }) }];

export default defineExperiment({
  name: 'ecs-cost',
  title: 'What counting costs, primitive by primitive',
  question:
    'How many ns, which in virtual time are instructions, does a pair of lock and unlock take (eCS, ATC 2018, table 4): where the host has no eCS, where the guest does not ask for it, and where it counts? ' +
    'One VM that has its CPUs for itself, so that seeds hardly differ. The experiment ecs-cost-base has the same of an unmodified kernel.',
  trees: ['6.1', '6.12', '7.2'],
  policy: 'everything',
  seeds: 6,
  scenarios: Object.fromEntries(
    PRIMITIVES.flatMap((primitive) => [
      [primitive, { title: `${primitive}, one thread`, vms: vm(primitive, 1) }],
      [`${primitive}-contended`, { title: `${primitive}, two threads`, vms: vm(primitive, 2) }],
    ]),
  ),
  arms: {
    absent: { title: 'no eCS in the host' },
    'not-asked': { title: 'the guest does not ask', switches: ['ecs'], features: { ecs: true } },
    on: { title: 'counting', switches: ['ecs'], features: { ecs: true }, guestKernelParameters: ['kvm_ecs=on'] },
  },
  metrics: { pair: { title: 'lock and unlock', unit: 'ns', better: 'lower', from: { kind: 'workload', value: 'nsPerPair' } } },
  compare: [{ baseline: 'absent', arm: 'not-asked' }, { baseline: 'absent', arm: 'on' }],
});
