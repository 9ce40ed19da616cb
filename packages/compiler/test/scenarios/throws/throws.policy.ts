import { definePolicy } from '@unspin/policy';

const missing = process.env['UNSPIN_NO_SUCH_VARIABLE'];
if (missing === undefined) throw new Error('UNSPIN_NO_SUCH_VARIABLE is not set');

export default definePolicy({ name: 'throws', description: missing, targets: ['kvm-host'], trees: ['6.12'] });
