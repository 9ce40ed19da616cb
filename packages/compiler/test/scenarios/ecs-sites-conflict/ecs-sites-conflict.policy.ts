import { definePolicy } from '@unspin/policy';

export default definePolicy({
  name: 'ecs-sites-conflict',
  description: 'The preemption count cannot leave out what disables preemption.',
  targets: ['kvm-guest'],
  trees: ['6.1'],
  ecs: {
    counting: 'preempt-count',
    sites: { spinlock: false, softirq: false, mutex: false },
  },
});
