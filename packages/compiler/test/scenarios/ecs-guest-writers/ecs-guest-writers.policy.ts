import { definePolicy } from '@unspin/policy';

export default definePolicy({
  name: 'ecs-guest-writers',
  description: 'Only sections of writers are counted: a downgrade ends one.',
  targets: ['kvm-guest'],
  trees: ['6.12'],
  ecs: {
    sites: { spinlock: false, rwlockRead: false, mutex: false, rwsemRead: false, rcu: false, hardirq: false, softirq: false },
    schdspin: { mode: 'off' },
  },
});
