import { defineExperiment, hackbench, tlbShootdown } from '@unspin/experiment';

const vm = (name: string) => ({ name, vCpus: 2, features: { pvSpinlocks: false, pvTlbFlush: false } });
const hack = hackbench({ groups: 1, pairs: 4, messages: 1000 });
const shootdowns = tlbShootdown({ receivers: 1, rounds: 200 });

export default defineExperiment({
  name: 'vm-agnostic',
  title: 'Debooster and Strict Boost in over-committed VMs',
  question:
    'Do over-committed guests get more done when a spinning vCPU is charged for the yield (Debooster) and only vCPUs that can end the spin are chosen (Strict Boost)? ' +
    'The same kernel, both switched off and on.',
  trees: ['6.1', '6.12', '7.2'],
  policy: 'everything',
  seeds: 10,
  scenarios: {
    'two-hackbench': { title: 'two VMs, hackbench', vms: [{ ...vm('a'), workload: hack }, { ...vm('b'), workload: hack }] },
    'two-shootdown': { title: 'two VMs, TLB shootdowns', vms: [{ ...vm('a'), workload: shootdowns }, { ...vm('b'), workload: shootdowns }] },
    'four-hackbench': { title: 'four VMs, hackbench', vms: ['a', 'b', 'c', 'd'].map((name) => ({ ...vm(name), memoryMib: 128, workload: hackbench({ groups: 1, pairs: 4, messages: 400 }) })) },
  },
  arms: {
    off: { title: 'off' },
    on: { title: 'Debooster and Strict Boost', switches: ['debooster', 'strictBoost'] },
  },
  metrics: {
    loadSeconds: { title: 'time of the load', unit: 's', better: 'lower', from: { kind: 'workload', value: 'seconds' } },
    rounds: { title: 'rounds of unmapping', unit: '1/s', better: 'higher', from: { kind: 'workload', value: 'roundsPerSecond' } },
    pauseLoops: { title: 'pause-loop exits', better: 'neither', from: { kind: 'counter', scope: 'host', name: 'lab.pause_loops' } },
    yieldsTried: { title: 'directed yields tried', better: 'neither', from: { kind: 'counter', scope: 'host', name: 'lab.yields_tried' } },
    yields: { title: 'directed yields that succeeded', better: 'neither', from: { kind: 'counter', scope: 'host', name: 'lab.yields_successful' } },
    spin: { title: 'time spent in PAUSE loops', unit: 'ns', better: 'neither', from: { kind: 'vcpu', value: 'spinNs' } },
    steal: { title: 'steal time', unit: 'ns', better: 'neither', from: { kind: 'vcpu', value: 'stealNs' } },
    halts: { title: 'halts', better: 'neither', from: { kind: 'counter', scope: 'vms', name: 'halt_exits' } },
    deboosted: { title: 'yielders charged', better: 'neither', from: { kind: 'counter', scope: 'host', name: 'deboost.applied' } },
    userReceivers: { title: 'boosts of IPI receivers in user mode', better: 'neither', from: { kind: 'counter', scope: 'vms', name: 'strict_boost_user_receiver' } },
  },
  compare: [{ baseline: 'off', arm: 'on' }],
});
