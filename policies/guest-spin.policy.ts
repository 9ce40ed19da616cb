import { definePolicy, iterations } from '@unspin/policy';

export default definePolicy({
  name: 'guest-spin',
  description: 'Paravirtual spinlocks of an over-committed guest give up their vCPU after a shorter spin.',
  targets: ['kvm-guest', 'tdx-guest'],
  trees: ['6.1', '6.12', '7.2'],
  spin: {
    pvLock: { thresholdIterations: iterations(1 << 12) },
  },
});
