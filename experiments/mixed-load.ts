import { hackbench, tlbShootdown } from '@unspin/experiment';

/** What reliability is measured with, on patched and unmodified kernels alike. */
export const mixedLoad = {
  title: 'two VMs, hackbench beside TLB shootdowns',
  vms: [
    { name: 'a', vCpus: 2, features: { pvSpinlocks: false, pvTlbFlush: false }, workload: hackbench({ groups: 1, pairs: 4, messages: 100 }) },
    { name: 'b', vCpus: 2, features: { pvTlbFlush: false }, workload: tlbShootdown({ receivers: 1, rounds: 200 }) },
  ],
};
