import { cycles, definePolicy } from '@unspin/policy';

export default definePolicy({
  name: 'window-below-start',
  description: 'A window that may not even reach its start.',
  targets: ['kvm-host'],
  trees: ['6.12'],
  spin: { ple: { windowCycles: cycles(4096), windowMaxCycles: cycles(2048) } },
});
