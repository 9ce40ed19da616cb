import { apache, cpuBound, dbench, defineExperiment, hackbench, lockHolder, lockLatency, lockLoop, pbzip2, stressNg, tlbShootdown, type Workload } from '@unspin/experiment';

const two = (title: string, workload: Workload, memoryMib = 192) => ({ title: `two VMs, ${title}`, vms: ['a', 'b'].map((name) => ({ name, vCpus: 2, memoryMib, features: { pvSpinlocks: false, pvTlbFlush: false }, workload })) });

export default defineExperiment({
  name: 'workloads',
  title: 'Every workload with Debooster and Strict Boost',
  question: 'Which programs gain from Debooster and Strict Boost, and does any lose? Each program of the lab in two over-committed VMs, the same kernel, both switched off and on.',
  trees: ['7.2'],
  policy: 'everything',
  seeds: 6,
  scenarios: {
    hackbench: two('hackbench', hackbench({ messages: 100 })),
    dbench: two('dbench', dbench({ seconds: 1 }), 384),
    apache: two('apache and wrk', apache({ connections: 4, threads: 1, seconds: 1 })),
    pbzip2: two('pbzip2', pbzip2({ kib: 512 })),
    'stress-tlb': two('stress-ng tlb-shootdown', stressNg({ stressor: 'tlb-shootdown', operations: 50 })),
    'stress-mmap': two('stress-ng mmap', stressNg({ stressor: 'mmap', operations: 50 })),
    'stress-futex': two('stress-ng futex', stressNg({ stressor: 'futex', operations: 2000 })),
    'lock-holder': {
      title: 'a spinlock held for 20 us beside a CPU-bound VM',
      vms: [
        { name: 'a', vCpus: 2, features: { pvSpinlocks: false }, workload: lockHolder({ pairs: 10_000 }) },
        { name: 'b', vCpus: 2, workload: cpuBound(), coRunner: true },
      ],
    },
    'lock-latency': two('a contended mutex', lockLatency({ primitive: 'mutex', threads: 2, pairs: 50_000 })),
    'lock-loop': two('the fairness loop', lockLoop({ seconds: 1 })),
    shootdowns: two('TLB shootdowns', tlbShootdown({ rounds: 500 })),
  },
  arms: { off: { title: 'off' }, on: { title: 'Debooster and Strict Boost', switches: ['debooster', 'strictBoost'] } },
  metrics: {
    seconds: { title: 'time of the load', unit: 's', better: 'lower', from: { kind: 'workload', value: 'seconds' } },
    throughput: { title: 'throughput of dbench', unit: 'MB/s', better: 'higher', from: { kind: 'workload', value: 'mbPerSecond' } },
    requests: { title: 'requests', unit: '1/s', better: 'higher', from: { kind: 'workload', value: 'requestsPerSecond' } },
    operations: { title: 'operations of stress-ng', unit: '1/s', better: 'higher', from: { kind: 'workload', value: 'operationsPerSecond' } },
    pairs: { title: 'lock pairs', unit: '1/s', better: 'higher', from: { kind: 'workload', value: 'pairsPerSecond' } },
    rounds: { title: 'rounds of unmapping', unit: '1/s', better: 'higher', from: { kind: 'workload', value: 'roundsPerSecond' } },
    yields: { title: 'directed yields', better: 'neither', from: { kind: 'counter', scope: 'host', name: 'sched.yields' } },
  },
  compare: [{ baseline: 'off', arm: 'on' }],
});
