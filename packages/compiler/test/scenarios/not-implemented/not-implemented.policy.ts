import { definePolicy } from '@unspin/policy';

export default definePolicy({
  name: 'not-implemented',
  description: 'Sections the language reserves.',
  targets: ['kvm-host'],
  trees: ['6.12'],
  debooster: {},
  // @ts-expect-error reserved
  flexcore: {},
  confidential: {},
});
