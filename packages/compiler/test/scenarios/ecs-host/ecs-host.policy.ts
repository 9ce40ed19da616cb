import { definePolicy, schedules, us } from '@unspin/policy';

export default definePolicy({
  name: 'ecs-host',
  description: 'Two short extra schedules, no waiting for them, on from the start; holders come first in directed yield.',
  targets: ['kvm-host'],
  trees: ['6.1', '7.2'],
  ecs: {
    enabledAtBoot: true,
    host: { extraSchedules: schedules(2), graceNs: us(250), penalise: false, preferAsYieldTarget: true },
  },
});
