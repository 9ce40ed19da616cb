import { defineExperiment } from '@unspin/experiment';
import { costArms, pairMetrics, uncontended } from './ecs-cost-metrics.ts';

export default defineExperiment({
  name: 'ecs-cost-preempt-count',
  title: "What it costs where the host reads the guest's preemption count",
  question:
    'How many ns, which in virtual time are instructions, does a pair of lock and unlock take where only sleeping locks and RCU readers are counted by calls of their own? ' +
    'The experiment ecs-cost-base has the same of an unmodified kernel, and spinning locks should cost the same here.',
  trees: ['6.1', '6.12', '7.2'],
  policy: 'ecs-preempt-count',
  seeds: 6,
  scenarios: uncontended(),
  arms: costArms,
  metrics: pairMetrics,
  compare: [{ baseline: 'absent', arm: 'not-asked' }, { baseline: 'absent', arm: 'on' }],
});
