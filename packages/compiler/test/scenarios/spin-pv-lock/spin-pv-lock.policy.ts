import { definePolicy, iterations } from '@unspin/policy';

export default definePolicy({
  name: 'spin-pv-lock',
  description: 'One value in a guest, on two trees.',
  targets: ['kvm-guest'],
  trees: ['6.1', '7.2'],
  spin: { pvLock: { thresholdIterations: iterations(2048) } },
});
