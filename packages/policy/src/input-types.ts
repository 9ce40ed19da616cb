// SPDX-License-Identifier: MIT
import type { FieldDoc } from './fields.ts';
import { keysOf, type Key } from './keys.ts';
import { policySchema } from './schema.ts';
import { TYPES } from './units.ts';

/**
 * What a policy may say as TypeScript interfaces. Editors show comments of declarations only: strings of the schema, which are
 * right at run time, reach them as a file.
 */
export function policyInputTypes(): string {
  const interfaces = interfacesOf('Policy', 'What a policy file writes.', keysOf(policySchema));
  const units = Object.values(TYPES).filter((type) => interfaces.some((line) => line.includes(`: ${type} |`))).sort();
  const lines = [
    '// SPDX-License-Identifier: MIT',
    '// Generated from packages/policy/src/schema.ts; regenerate with: ./unspin docs',
    `import type { ${units.join(', ')} } from './units.ts';`,
    ...interfaces,
  ];
  return `${lines.join('\n')}\n`;
}

const inputName = (path: string): string => `${path}Input`;
const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

function interfacesOf(path: string, doc: string, keys: readonly Key[]): string[] {
  // Sections have names of their own, without that of the whole.
  const pathOf = (key: Key): string => (path === 'Policy' ? capital(key.name) : path + capital(key.name));
  const members = keys.flatMap((key) => {
    const [comment, type] = 'field' in key ? [fieldComment(key.field), key.field.type] : [[key.doc], inputName(pathOf(key))];
    return [...jsDoc('  ', comment), `  ${key.name}${key.optional ? '?' : ''}: ${type}${key.optional ? ' | undefined' : ''};`];
  });
  const inner = keys.flatMap((key) => ('field' in key ? [] : interfacesOf(pathOf(key), key.doc, key.keys)));
  return ['', ...jsDoc('', [doc]), `export interface ${inputName(path)} {`, ...members, '}', ...inner];
}

function fieldComment({ doc, unit, written, range, default: missing, source }: FieldDoc): string[] {
  const facts = [...(unit === '' ? [] : [`Unit: ${unit}, written ${written}.`]), `Range: ${range}.`, `Default: ${missing}.`];
  return [doc, '', facts.join(' '), `Source: ${source}`];
}

function jsDoc(indent: string, lines: readonly string[]): string[] {
  const safe = lines.map((line) => line.replaceAll('*/', '*\\/'));
  return safe.length === 1 ? [`${indent}/** ${safe[0]} */`] : [`${indent}/**`, ...safe.map((line) => `${indent} * ${line}`.trimEnd()), `${indent} */`];
}
