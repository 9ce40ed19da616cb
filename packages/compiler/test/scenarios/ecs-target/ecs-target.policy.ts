import { definePolicy } from '@unspin/policy';

export default definePolicy({
  name: 'ecs-target',
  description: 'A guest that does not trust its host tells it nothing.',
  targets: ['tdx-guest'],
  trees: ['7.2'],
  ecs: {},
});
