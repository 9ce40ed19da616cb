import { definePolicy, ms, schedules, us } from '@unspin/policy';

export default definePolicy({
  name: 'ecs-preempt-count',
  description:
    'Enlightened critical sections (eCS) at almost no cost to the guest: the host reads the preemption count that the guest keeps anyway, ' +
    'and only mutexes, read-write semaphores and preemptible RCU readers add a count.',
  targets: ['kvm-host', 'kvm-guest'],
  trees: ['6.1', '6.12', '7.2'],
  ecs: {
    counting: 'preempt-count',
    host: { extraSchedules: schedules(1), graceNs: ms(1) },
    schdspin: { mode: 'with-host-hint', spinLimitNs: us(200) },
  },
});
