import { defineExperiment, PRIMITIVES } from '@unspin/experiment';
import { alone, costArms, pairMetrics, uncontended } from './ecs-cost-metrics.ts';

export default defineExperiment({
  name: 'ecs-cost',
  title: 'What counting costs, primitive by primitive',
  question:
    'How many ns, which in virtual time are instructions, does a pair of lock and unlock take (eCS, ATC 2018, table 4): where the host has no eCS, where the guest does not ask for it, and where it counts? ' +
    'The experiment ecs-cost-base has the same of an unmodified kernel.',
  trees: ['6.1', '6.12', '7.2'],
  policy: 'everything',
  seeds: 6,
  scenarios: {
    ...uncontended(),
    ...Object.fromEntries(PRIMITIVES.map((primitive) => [`${primitive}-contended`, { title: `${primitive}, two threads`, vms: alone(primitive, 2) }])),
  },
  arms: costArms,
  metrics: pairMetrics,
  compare: [{ baseline: 'absent', arm: 'not-asked' }, { baseline: 'absent', arm: 'on' }],
});
