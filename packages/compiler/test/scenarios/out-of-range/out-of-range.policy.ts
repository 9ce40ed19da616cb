import { definePolicy, iterations, ms, pauses } from '@unspin/policy';

const HUGE = ms(5_000);

export default definePolicy({
  name: 'out-of-range',
  description: 'Values past their range, one of them defined elsewhere in the file.',
  targets: ['kvm-host', 'kvm-guest'],
  trees: ['6.12'],
  spin: {
    pvLock: { thresholdIterations: iterations(3) },
    ple: { svmCountPauses: pauses(70_000) },
  },
  debooster: { maxPenaltyNs: HUGE },
});
