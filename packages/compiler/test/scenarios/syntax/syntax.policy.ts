import { definePolicy } from '@unspin/policy';

export default definePolicy({
  name: 'syntax',
  description: 'A brace is missing',
  targets: ['kvm-host',
  trees: ['6.12'],
});
