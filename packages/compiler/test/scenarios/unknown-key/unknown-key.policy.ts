import { definePolicy, ms } from '@unspin/policy';

export default definePolicy({
  name: 'unknown-key',
  description: 'Two keys nobody knows: both are reported.',
  targets: ['kvm-host'],
  trees: ['6.12'],
  // @ts-expect-error a misspelt section
  deboster: {},
  debooster: {
    maxPenaltyNs: ms(6),
    // @ts-expect-error a misspelt key
    maxPenalty: ms(6),
  },
});
