import { defineExperiment, hackbench } from '@unspin/experiment';

const vm = (name: string) => ({ name, vCpus: 2, features: { pvSpinlocks: false, pvTlbFlush: false }, workload: hackbench({ groups: 1, pairs: 4, messages: 300 }) });

export default defineExperiment({
  name: 'negative-control',
  title: 'Mechanisms that nothing calls',
  question:
    'Does the lab see an effect where there can be none? Debooster and Strict Boost are compiled in and switched on, and no code calls them. ' +
    'The answer must be no.',
  trees: ['7.2'],
  policy: 'everything',
  neverCalled: true,
  seeds: 8,
  // Fixed outcomes of fixed seeds: a claim here would be the lab's own mistake or a coincidence that stays until kernel or QEMU change.
  // 8 of 8 pairs on one side have odds of 1 in 128, so with three numbers chance alone makes a claim for at most 1 kernel in 42.
  confidence: 0.99,
  scenarios: { hackbench: { title: 'two VMs, hackbench', vms: [vm('a'), vm('b')] } },
  arms: { off: { title: 'off' }, on: { title: 'on, and never called', switches: ['debooster', 'strictBoost'] } },
  metrics: {
    seconds: { title: 'time of hackbench', unit: 's', better: 'lower', from: { kind: 'workload', value: 'seconds' } },
    // What the mechanisms would move if anything called them.
    pauseLoops: { title: 'pause-loop exits', from: { kind: 'counter', scope: 'host', name: 'lab.pause_loops' } },
    steal: { title: 'steal time', unit: 'ns', from: { kind: 'vcpu', value: 'stealNs' } },
    // These must stay at 0.
    deboosted: { title: 'yielders charged', from: { kind: 'counter', scope: 'host', name: 'deboost.applied' } },
    userReceivers: { title: 'boosts of IPI receivers in user mode', from: { kind: 'counter', scope: 'vms', name: 'strict_boost_user_receiver' } },
  },
  compare: [{ baseline: 'off', arm: 'on' }],
});
