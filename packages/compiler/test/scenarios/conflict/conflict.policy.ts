import { cycles, definePolicy, pauses } from '@unspin/policy';

export default definePolicy({
  name: 'conflict',
  description: 'Pause-loop exiting is turned off under the mechanisms that act on it.',
  targets: ['kvm-host'],
  trees: ['6.1', '7.2'],
  spin: { ple: { gapCycles: cycles(0), svmCountPauses: pauses(3000) } },
  debooster: {},
  strictBoost: {},
});
