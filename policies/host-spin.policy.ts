import { cycles, definePolicy, factor, pauses, us } from '@unspin/policy';

export default definePolicy({
  name: 'host-spin',
  description: 'Spin detection and halt polling of an over-committed KVM host: exit earlier from pause loops, poll shorter for wake-ups.',
  targets: ['kvm-host'],
  trees: ['6.1', '6.12', '7.2'],
  spin: {
    ple: {
      gapCycles: cycles(128),
      windowCycles: cycles(2048),
      windowMaxCycles: cycles(1 << 20),
      svmGapCycles: cycles(128),
      svmCountPauses: pauses(1500),
      svmCountMaxPauses: pauses(12000),
      growFactor: factor(2),
      shrinkFactor: factor(0),
    },
    haltPoll: {
      maxNs: us(50),
      growStartNs: us(10),
      growFactor: factor(2),
      shrinkFactor: factor(2),
    },
  },
});
