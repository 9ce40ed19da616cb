import { dbench, defineExperiment, hackbench } from '@unspin/experiment';

const two = (workload: ReturnType<typeof hackbench> | ReturnType<typeof dbench>) => ['a', 'b'].map((name) => ({ name, vCpus: 2, memoryMib: 384, workload }));

/** Where the host offers no PV spinlocks, Linux takes test-and-set ones. */
const unassisted = { pvSpinlocks: false, queuedSpinlocks: false, pvTlbFlush: false, pauseLoopExits: false };

/** What a confidential VM is left with: it sees no steal time, gets no paravirtual help, and its PAUSE loops do not exit. */
const withheld = { ...unassisted, stealTime: false, pvIpi: false };

export default defineExperiment({
  name: 'baseline-matrix',
  title: 'Regular and confidential-like VMs, with and without PV and PLE',
  question:
    'What do paravirtual spinlocks, paravirtual TLB flush and pause-loop exits bring over-committed VMs on unmodified kernels, and what is lost where a VM cannot have them? ' +
    'A confidential-like VM has everything withheld, so for it there is no on and off.',
  trees: ['6.1', '6.12', '7.2'],
  seeds: 6,
  scenarios: {
    hackbench: { title: 'two VMs, hackbench', vms: two(hackbench({ groups: 1, pairs: 4, messages: 60 })) },
    dbench: { title: 'two VMs, dbench', vms: two(dbench({ clients: 4, seconds: 1 })) },
  },
  arms: {
    'regular-off': { title: 'regular VM, PV and PLE off', features: unassisted },
    'regular-on': { title: 'regular VM, PV and PLE on' },
    confidential: { title: 'confidential-like VM', features: withheld },
  },
  metrics: {
    seconds: { title: 'time of hackbench', unit: 's', better: 'lower', from: { kind: 'workload', value: 'seconds' } },
    throughput: { title: 'throughput of dbench', unit: 'MB/s', better: 'higher', from: { kind: 'workload', value: 'mbPerSecond' } },
    pauseLoops: { title: 'pause-loop exits', from: { kind: 'counter', scope: 'host', name: 'lab.pause_loops' } },
    yieldsTried: { title: 'directed yields tried', from: { kind: 'counter', scope: 'host', name: 'lab.yields_tried' } },
    yields: { title: 'directed yields that succeeded', from: { kind: 'counter', scope: 'host', name: 'lab.yields_successful' } },
    spin: { title: 'time spent in PAUSE loops', unit: 'ns', from: { kind: 'vcpu', value: 'spinNs' } },
    halts: { title: 'halts', from: { kind: 'counter', scope: 'vms', name: 'halt_exits' } },
    steal: { title: 'steal time', unit: 'ns', from: { kind: 'vcpu', value: 'stealNs' } },
  },
  compare: [
    { baseline: 'regular-off', arm: 'regular-on' },
    { baseline: 'regular-on', arm: 'confidential' },
    { baseline: 'regular-off', arm: 'confidential' },
  ],
});
