import { definePolicy, ms, us } from '@unspin/policy';

export default definePolicy({
  name: 'everything',
  description:
    'All remedies for hosts and guests in one series: thresholds of spinning with the values the kernel has anyway, and VM-agnostic KVM ' +
    '(Debooster, Strict Boost). Each has its own Kconfig symbols and switches.',
  targets: ['kvm-host', 'kvm-guest'],
  trees: ['6.1', '6.12', '7.2'],
  spin: { pvLock: {}, ple: {}, haltPoll: {} },
  debooster: { maxPenaltyNs: ms(6), reversePairWindowNs: us(600) },
  strictBoost: { userModeReceivers: true, haltedReceiversNeedIpi: true },
});
