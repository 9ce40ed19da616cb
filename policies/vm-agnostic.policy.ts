import { definePolicy, ms, us } from '@unspin/policy';

export default definePolicy({
  name: 'vm-agnostic',
  description:
    'VM-agnostic KVM: a vCPU that spins is charged so that the vCPU it yields to can run (Debooster), ' +
    'and only vCPUs that can end the spin are chosen (Strict Boost).',
  targets: ['kvm-host'],
  trees: ['6.1', '6.12', '7.2'],
  debooster: {
    maxPenaltyNs: ms(6),
    reversePairWindowNs: us(600),
  },
  strictBoost: {
    userModeReceivers: true,
    haltedReceiversNeedIpi: true,
  },
});
