import { defineExperiment } from '@unspin/experiment';
import { mixedLoad } from './mixed-load.ts';

export default defineExperiment({
  name: 'reliability-base',
  title: 'Does every run of an unmodified kernel finish?',
  question: 'How many of 50 nested runs finish without any policy? Failures that the experiment reliability has and this one has, too, are not the mechanisms\'. Run it with --clock threads for the other clock.',
  trees: ['6.1', '6.12', '7.2'],
  seeds: 50,
  scenarios: { mixed: mixedLoad },
  arms: { unmodified: { title: 'unmodified kernel' } },
  metrics: { seconds: { title: 'time of hackbench', unit: 's', better: 'lower', from: { kind: 'workload', value: 'seconds' } } },
});
