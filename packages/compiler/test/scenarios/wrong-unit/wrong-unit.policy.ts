import { cycles, definePolicy } from '@unspin/policy';

export default definePolicy({
  name: 'wrong-unit',
  description: 'A plain number and a count of cycles where times are wanted.',
  targets: ['kvm-host'],
  trees: ['6.12'],
  debooster: {
    // @ts-expect-error no unit
    maxPenaltyNs: 6,
    // @ts-expect-error cycles are no time
    minIntervalNs: cycles(100),
  },
});
