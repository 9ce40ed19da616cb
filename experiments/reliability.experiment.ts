import { defineExperiment } from '@unspin/experiment';
import { mixedLoad } from './mixed-load.ts';

export default defineExperiment({
  name: 'reliability',
  title: 'Does every run finish?',
  question: 'How many of 50 nested runs finish on each tree, with everything on, and do repeats of a run give the same bytes? Run it with --clock threads for the other clock.',
  trees: ['6.1', '6.12', '7.2'],
  policy: 'everything',
  seeds: 50,
  scenarios: { mixed: mixedLoad },
  arms: { on: { title: 'Debooster and Strict Boost on', switches: ['debooster', 'strictBoost'] } },
  metrics: { seconds: { title: 'time of hackbench', unit: 's', better: 'lower', from: { kind: 'workload', value: 'seconds' } } },
});
