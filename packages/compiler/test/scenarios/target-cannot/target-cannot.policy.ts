import { definePolicy, iterations, us } from '@unspin/policy';

export default definePolicy({
  name: 'target-cannot',
  description: 'Host mechanisms asked of a guest.',
  targets: ['kvm-guest'],
  trees: ['6.12'],
  debooster: {},
  strictBoost: {},
  spin: {
    pvLock: { thresholdIterations: iterations(4096) },
    haltPoll: { maxNs: us(50) },
  },
});
