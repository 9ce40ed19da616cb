// SPDX-License-Identifier: MIT
import { keysOf, type Key } from './keys.ts';
import { PLANNED_SECTIONS, policySchema } from './schema.ts';

const HEAD = ['| key | meaning | range | default | source |', '| --- | --- | --- | --- | --- |'];

/** The policy reference as Markdown, from the schema alone. */
export function policyReference(): string {
  const keys = keysOf(policySchema);
  const lines = [
    '# Policy reference',
    '',
    '<!-- Generated from packages/policy/src/schema.ts; regenerate with: ./unspin docs -->',
    '',
    'A policy is the default export of `policies/<name>.policy.ts`, made by `definePolicy({…})`. Editors show the same of each key as stands here.',
    'Quantities are written with their unit: `ns(500)`, `us(50)`, `ms(6)`, `iterations(4096)`, `cycles(128)`, `pauses(3000)`, `schedules(1)`, `factor(2)`.',
    'Generated kernels take the values as defaults; boot parameters and run-time switches override them.',
    '',
    ...HEAD,
    ...keys.flatMap((key) => ('field' in key ? rows('', [key]) : [])),
  ];
  for (const section of keys) {
    if ('field' in section) continue;
    const groups = section.keys.flatMap((key) => ('field' in key ? [] : [`- \`${key.name}\`: ${key.doc}`]));
    lines.push('', `## \`${section.name}\``, '', section.doc, '', ...(groups.length === 0 ? [] : [...groups, '']), ...HEAD, ...rows('', section.keys));
  }
  lines.push('', '## Reserved sections', '', 'Named by the language, refused by this version:', '');
  for (const [name, what] of Object.entries(PLANNED_SECTIONS)) lines.push(`- \`${name}\`: ${what}`);
  return `${lines.join('\n')}\n`;
}

function rows(prefix: string, keys: readonly Key[]): string[] {
  return keys.flatMap((key) => {
    if (!('field' in key)) return rows(`${prefix}${key.name}.`, key.keys);
    const { doc, range, default: missing, source } = key.field;
    return [`| \`${prefix}${key.name}\` | ${doc} | ${range} | ${missing} | ${source} |`];
  });
}
