import { definePolicy } from '@unspin/policy';

export default definePolicy({
  name: 'asks-for-nothing',
  description: 'No section at all.',
  targets: ['kvm-host'],
  trees: ['6.12'],
});
