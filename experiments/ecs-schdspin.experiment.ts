import { defineExperiment, hackbench, lockLatency, type Workload } from '@unspin/experiment';

const vm = (name: string, workload: Workload) => ({ name, vCpus: 2, workload, features: { ecs: true }, kernelParameters: ['kvm_ecs=on'] });
const mutex = lockLatency({ primitive: 'mutex', threads: 2, pairs: 40_000, holdNs: 5_000, thinkNs: 5_000 });
const semaphore = lockLatency({ primitive: 'rwsem-write', threads: 2, pairs: 40_000, holdNs: 5_000, thinkNs: 5_000 });

export default defineExperiment({
  name: 'ecs-schdspin',
  title: 'Spinning instead of sleeping while nothing else can run',
  question:
    'Is it worth to spin for a mutex while the vCPU has nothing else to run (SCHDSPIN), and does the word of the host that the CPU is short keep it from harm (eSCHDSPIN; eCS, ATC 2018, section 6.4 and figure 6)?',
  trees: ['6.1', '6.12', '7.2'],
  policy: 'everything',
  seeds: 10,
  scenarios: {
    'mutex-alone': { title: 'mutex, one VM', vms: [vm('a', mutex)] },
    'mutex-over-committed': { title: 'mutex, two VMs', vms: [vm('a', mutex), vm('b', mutex)] },
    'rwsem-alone': { title: 'rwsem, one VM', vms: [vm('a', semaphore)] },
    'rwsem-over-committed': { title: 'rwsem, two VMs', vms: [vm('a', semaphore), vm('b', semaphore)] },
    'hackbench-over-committed': { title: 'hackbench, two VMs', vms: ['a', 'b'].map((name) => vm(name, hackbench({ groups: 1, pairs: 4, messages: 300 }))) },
  },
  arms: {
    sleep: { title: 'sleep', switches: ['ecs'], guestKernelParameters: ['kvm_ecs_schdspin=off'] },
    schdspin: { title: 'SCHDSPIN', switches: ['ecs'], guestKernelParameters: ['kvm_ecs_schdspin=without-host-hint'] },
    eschdspin: { title: 'eSCHDSPIN', switches: ['ecs'], guestKernelParameters: ['kvm_ecs_schdspin=with-host-hint'] },
  },
  metrics: {
    pairs: { title: 'lock pairs', unit: '1/s', better: 'higher', from: { kind: 'workload', value: 'pairsPerSecond' } },
    seconds: { title: 'time of hackbench', unit: 's', better: 'lower', from: { kind: 'workload', value: 'seconds' } },
    halts: { title: 'halts', from: { kind: 'counter', scope: 'vms', name: 'halt_exits' } },
  },
  compare: [
    { baseline: 'sleep', arm: 'schdspin' },
    { baseline: 'sleep', arm: 'eschdspin' },
    { baseline: 'schdspin', arm: 'eschdspin' },
  ],
});
