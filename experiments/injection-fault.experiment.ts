import { defineExperiment, hackbench } from '@unspin/experiment';

const vm = (name: string) => ({ name, vCpus: 2, workload: hackbench({ groups: 1, pairs: 4, messages: 300 }) });

export default defineExperiment({
  name: 'injection-fault',
  title: "TCG's double delivery of injected interrupts, without the cure and with it",
  question:
    "QEMU's TCG may deliver an injected interrupt twice, the second time with interrupts off. Do guests deadlock of it when the host does not force an exit after each injection, and only then? " +
    'Cells of the arm without the cure are expected to fail.',
  trees: ['7.2'],
  seeds: 6,
  scenarios: { hackbench: { title: 'two VMs, hackbench', vms: [vm('a'), vm('b')] } },
  arms: {
    'without-cure': { title: 'no exit after an injection', moduleParameters: ['kvm_amd.lab_exit_after_injection=0'] },
    'with-cure': { title: 'an exit after each injection' },
  },
  metrics: { seconds: { title: 'time of hackbench', unit: 's', better: 'lower', from: { kind: 'workload', value: 'seconds' } } },
  compare: [{ baseline: 'without-cure', arm: 'with-cure' }],
});
