import { cpuBound, defineExperiment, lockLatency, lockLoop } from '@unspin/experiment';

const enlightened = { vCpus: 1, features: { ecs: true }, kernelParameters: ['kvm_ecs=on'] };
const plain = { vCpus: 1, coRunner: true };

export default defineExperiment({
  name: 'ecs-fairness',
  title: 'CPU time of a VM with critical sections beside one without',
  question:
    'Does a VM that gets extra schedules get more CPU time in the end (eCS, ATC 2018, figure 7)? Half of it is fair: 0.4975 to 0.5025 is within 1 % of each other. ' +
    'The greedy one claims a critical section all of the time. One pCPU, so that nothing is balanced away.',
  trees: ['6.1', '6.12', '7.2'],
  policy: 'everything',
  host: { pCpus: 1 },
  seeds: 6,
  scenarios: {
    'lock-loop': { title: 'spinlocks without end, for 10 s', vms: [{ ...enlightened, name: 'a', workload: lockLoop({ threads: 1, seconds: 10 }) }, { ...plain, name: 'b', workload: lockLoop({ threads: 1, seconds: 10 }) }] },
    greedy: { title: 'always in a critical section', vms: [{ ...enlightened, name: 'a', workload: lockLatency({ primitive: 'rwsem-read', threads: 1, pairs: 10, holdNs: 1_000_000_000 }) }, { ...plain, name: 'b', workload: cpuBound({ threads: 1, seconds: 10 }) }] },
  },
  arms: { off: { title: 'off' }, on: { title: 'eCS', switches: ['ecs'] } },
  metrics: {
    share: { title: "the VM's share of the CPU time", from: { kind: 'vcpuShare', value: 'runNs', vms: ['a'] } },
    grants: { title: 'extra schedules', from: { kind: 'counter', scope: 'vms', name: 'ecs_grants' } },
    extraNs: { title: 'time in extra schedules', unit: 'ns', from: { kind: 'counter', scope: 'vms', name: 'ecs_extra_ns' } },
  },
  compare: [{ baseline: 'off', arm: 'on' }],
});
