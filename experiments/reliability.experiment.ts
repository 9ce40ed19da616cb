import { defineExperiment, hackbench, tlbShootdown } from '@unspin/experiment';

export default defineExperiment({
  name: 'reliability',
  title: 'Does every run finish?',
  question: 'How many of 50 nested runs finish on each tree, with everything on, and do repeats of a run give the same bytes? Run it with --clock threads for the other clock.',
  trees: ['6.1', '6.12', '7.2'],
  policy: 'everything',
  seeds: 50,
  scenarios: {
    mixed: {
      title: 'two VMs, hackbench beside TLB shootdowns',
      vms: [
        { name: 'a', vCpus: 2, features: { pvSpinlocks: false, pvTlbFlush: false }, workload: hackbench({ groups: 1, pairs: 4, messages: 100 }) },
        { name: 'b', vCpus: 2, features: { pvTlbFlush: false }, workload: tlbShootdown({ receivers: 1, rounds: 200 }) },
      ],
    },
  },
  arms: { on: { title: 'Debooster and Strict Boost on', switches: ['debooster', 'strictBoost'] } },
  metrics: { seconds: { title: 'time of hackbench', unit: 's', better: 'lower', from: { kind: 'workload', value: 'seconds' } } },
});
