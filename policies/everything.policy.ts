import { definePolicy, ms, schedules, us } from '@unspin/policy';

export default definePolicy({
  name: 'everything',
  description:
    'All remedies for hosts and guests in one series: thresholds of spinning with the values the kernel has anyway, VM-agnostic KVM ' +
    '(Debooster, Strict Boost) and enlightened critical sections (eCS). Each has its own Kconfig symbols and switches.',
  targets: ['kvm-host', 'kvm-guest'],
  trees: ['6.1', '6.12', '7.2'],
  spin: { pvLock: {}, ple: {}, haltPoll: {} },
  debooster: { maxPenaltyNs: ms(6), reversePairWindowNs: us(600) },
  strictBoost: { userModeReceivers: true, haltedReceiversNeedIpi: true },
  ecs: {
    counting: 'annotated',
    host: { extraSchedules: schedules(1), graceNs: ms(1), preferAsYieldTarget: true },
    schdspin: { mode: 'with-host-hint', spinLimitNs: us(200) },
  },
});
