import { defineExperiment, lockLatency, PRIMITIVES } from '@unspin/experiment';

export default defineExperiment({
  name: 'ecs-cost-base',
  title: 'What locks cost an unmodified kernel, primitive by primitive',
  question: 'How many ns, which in virtual time are instructions, does a pair of lock and unlock take without any patch? The experiment ecs-cost has the same of kernels with eCS.',
  trees: ['6.1', '6.12', '7.2'],
  seeds: 2,
  scenarios: Object.fromEntries(
    PRIMITIVES.map((primitive) => [primitive, { title: `${primitive}, one thread`, vms: [{ name: 'a', vCpus: 2, workload: lockLatency({ primitive, threads: 1, pairs: 100_000 }) }] }]),
  ),
  arms: { unmodified: { title: 'unmodified kernel' } },
  metrics: { pair: { title: 'lock and unlock', unit: 'ns', better: 'lower', from: { kind: 'workload', value: 'nsPerPair' } } },
});
