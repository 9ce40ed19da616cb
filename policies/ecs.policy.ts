import { definePolicy, ms, schedules, us } from '@unspin/policy';

export default definePolicy({
  name: 'ecs',
  description:
    'Enlightened critical sections (eCS): a guest tells its host when a vCPU holds a lock or handles an interrupt, and the host ' +
    'lets it finish for one extra schedule; the host tells the guest when waiting by spinning takes no time from others (eSCHDSPIN).',
  targets: ['kvm-host', 'kvm-guest'],
  trees: ['6.1', '6.12', '7.2'],
  ecs: {
    counting: 'annotated',
    host: { extraSchedules: schedules(1), graceNs: ms(1) },
    schdspin: { mode: 'with-host-hint', spinLimitNs: us(200) },
  },
});
