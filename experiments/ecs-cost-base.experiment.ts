import { defineExperiment } from '@unspin/experiment';
import { pairMetrics, uncontended } from './ecs-cost-metrics.ts';

export default defineExperiment({
  name: 'ecs-cost-base',
  title: 'What locks cost an unmodified kernel, primitive by primitive',
  question: 'How many ns, which in virtual time are instructions, does a pair of lock and unlock take without any patch? The experiments ecs-cost and ecs-cost-preempt-count have the same of kernels with eCS.',
  trees: ['6.1', '6.12', '7.2'],
  seeds: 2,
  scenarios: uncontended(),
  arms: { unmodified: { title: 'unmodified kernel' } },
  metrics: pairMetrics,
});
