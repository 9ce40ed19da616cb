import { cpuBound, dbench, defineExperiment, hackbench, lockHolder, type Workload } from '@unspin/experiment';
import { avoided, kindShare, unavoided } from './ecs-kinds.ts';

/** What of a hypervisor's help against waiting a VM may have to do without. Its spinlocks are test-and-set ones then, as Linux takes them in a VM. */
const unhelped = { stealTime: false, pvSpinlocks: false, queuedSpinlocks: false, pvTlbFlush: false, pvIpi: false, pauseLoopExits: false };
const two = (workload: Workload, features = {}) => ['a', 'b'].map((name) => ({ name, vCpus: 2, workload, features: { ecs: true, ...features }, kernelParameters: ['kvm_ecs=on'] }));
const holder = (pairs: number, threads = 2) => lockHolder({ threads, pairs, holdNs: 10_000, thinkNs: 20_000 });
const sum = (names: readonly string[], title: string) => ({ title, from: { kind: 'counter' as const, scope: 'vms' as const, name: [...names] } });

export default defineExperiment({
  name: 'ecs',
  title: 'Enlightened critical sections in over-committed VMs',
  question:
    'How many of the preemptions that hit a critical section does an extra schedule avoid, and what does that bring (eCS, ATC 2018, figure 3: 85 to 100 % and up to 2.5 times the throughput)? ' +
    'Of what kind are these sections? ' +
    'Watching counts preemptions and gives no extra schedule.',
  trees: ['6.1', '6.12', '7.2'],
  policy: 'everything',
  seeds: 10,
  scenarios: {
    hackbench: { title: 'two VMs, hackbench', vms: two(hackbench({ groups: 1, pairs: 4, messages: 2000 })) },
    dbench: { title: 'two VMs, dbench', vms: two(dbench({ clients: 4, seconds: 1 })) },
    'lock-holder': { title: 'two VMs, one spinlock held for 10 us of 30', vms: two(holder(10_000)) },
    // Without help a preempted holder costs the other thread its turn, and turns are long for an emulator.
    'lock-holder-unhelped': { title: 'the same without PV and pause-loop exits', vms: two(holder(3_000), unhelped) },
    // Over-committed by itself: two of its vCPUs run, and each end of a turn may leave all others without the holder.
    'lock-holder-four': {
      title: 'one VM of 4 vCPUs, the same lock, without PV and pause-loop exits',
      vms: [{ name: 'a', vCpus: 4, workload: holder(5_000, 4), features: { ecs: true, ...unhelped }, kernelParameters: ['kvm_ecs=on'] }],
    },
    'cpu-bound': { title: 'two VMs, nothing but user mode', vms: two(cpuBound({ threads: 2, seconds: 1 })) },
  },
  arms: {
    watch: { title: 'watched', switches: ['ecs'], moduleParameters: ['kvm.ecs_extra_schedules=0'] },
    on: { title: 'one extra schedule', switches: ['ecs'] },
  },
  metrics: {
    seconds: { title: 'time of hackbench', unit: 's', better: 'lower', from: { kind: 'workload', value: 'seconds' } },
    throughput: { title: 'throughput of dbench', unit: 'MB/s', better: 'higher', from: { kind: 'workload', value: 'mbPerSecond' } },
    pairs: { title: 'lock pairs', unit: '1/s', better: 'higher', from: { kind: 'workload', value: 'pairsPerSecond' } },
    turns: { title: 'turns of the CPU-bound loop', unit: '1/s', better: 'higher', from: { kind: 'workload', value: 'turnsPerSecond' } },
    unavoided: { ...sum(unavoided, 'preemptions in critical sections'), better: 'lower' },
    avoidedShare: { title: 'preemptions avoided, of those that would have hit', from: { kind: 'counterShare', scope: 'vms', part: avoided, rest: unavoided } },
    interruptShare: kindShare('interrupt'),
    lockShare: kindShare('lock'),
    blockingShare: kindShare('blocking'),
    readerShare: kindShare('reader'),
    rcuShare: kindShare('rcu'),
    grants: { title: 'extra schedules', from: { kind: 'counter', scope: 'vms', name: 'ecs_grants' } },
    refused: { title: 'extra schedules refused', from: { kind: 'counter', scope: 'vms', name: 'ecs_refused' } },
  },
  compare: [{ baseline: 'watch', arm: 'on' }],
});
