import { definePolicy, us } from '@unspin/policy';

export default definePolicy({
  name: 'ecs-preempt-count',
  description: 'The host reads the preemption count; waiters spin without the hint.',
  targets: ['kvm-guest'],
  trees: ['6.12'],
  ecs: {
    enabledAtBoot: true,
    counting: 'preempt-count',
    sites: { rwsemRead: false, rwsemWrite: false },
    schdspin: { mode: 'without-host-hint', spinLimitNs: us(50) },
  },
});
