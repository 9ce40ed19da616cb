import { defineExperiment, lockHolder, type Workload } from '@unspin/experiment';
import { avoided, kindShare, unavoided } from './ecs-kinds.ts';

const two = (workload: Workload) => ['a', 'b'].map((name) => ({ name, vCpus: 2, workload, features: { ecs: true }, kernelParameters: ['kvm_ecs=on'] }));

export default defineExperiment({
  name: 'ecs-preempt-count',
  title: "eCS where the host reads the guest's preemption count",
  question:
    'Does an extra schedule avoid as many preemptions in critical sections where spinning locks and interrupts are not counted by calls of their own, but read off the preemption count that x86 keeps anyway? ' +
    'The experiment ecs has the same load with calls that count.',
  trees: ['7.2'],
  policy: 'ecs-preempt-count',
  seeds: 10,
  scenarios: { 'lock-holder': { title: 'two VMs, one spinlock held for 10 us of 30', vms: two(lockHolder({ threads: 2, pairs: 10_000, holdNs: 10_000, thinkNs: 20_000 })) } },
  arms: {
    watch: { title: 'watched', switches: ['ecs'], moduleParameters: ['kvm.ecs_extra_schedules=0'] },
    on: { title: 'one extra schedule', switches: ['ecs'] },
  },
  metrics: {
    pairs: { title: 'lock pairs', unit: '1/s', better: 'higher', from: { kind: 'workload', value: 'pairsPerSecond' } },
    unavoided: { title: 'preemptions in critical sections', better: 'lower', from: { kind: 'counter', scope: 'vms', name: unavoided } },
    avoidedShare: { title: 'preemptions avoided, of those that would have hit', from: { kind: 'counterShare', scope: 'vms', part: avoided, rest: unavoided } },
    interruptShare: kindShare('interrupt'),
    preemptShare: kindShare('preempt'),
    blockingShare: kindShare('blocking'),
    readerShare: kindShare('reader'),
    rcuShare: kindShare('rcu'),
    grants: { title: 'extra schedules', from: { kind: 'counter', scope: 'vms', name: 'ecs_grants' } },
  },
  compare: [{ baseline: 'watch', arm: 'on' }],
});
