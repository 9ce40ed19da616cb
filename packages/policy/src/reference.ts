// SPDX-License-Identifier: MIT
import type * as z from 'zod';
import { fieldDoc } from './fields.ts';
import { PLANNED_SECTIONS, SECTION_SCHEMAS, TARGETS } from './schema.ts';

/** The policy reference as Markdown, from the schema alone. */
export function policyReference(): string {
  const lines = [
    '# Policy reference',
    '',
    '<!-- Generated from packages/policy/src/schema.ts; regenerate with: ./unspin docs -->',
    '',
    'A policy is the default export of `policies/<name>.policy.ts`, made by `definePolicy({…})`.',
    'Quantities are written with their unit: `ns(500)`, `us(50)`, `ms(6)`, `iterations(4096)`, `cycles(128)`, `pauses(3000)`, `schedules(1)`, `factor(2)`.',
    'Generated kernels take the values as defaults; boot parameters and run-time switches override them.',
    '',
    '| key | meaning |',
    '| --- | --- |',
    '| `name` | The file is `policies/<name>.policy.ts`, the output `patches/<tree>/<name>/`. |',
    '| `description` | One or two sentences; they open the cover letter. |',
    `| \`targets\` | What the patched kernels run as: ${TARGETS.map((t) => `\`${t}\``).join(', ')}. |`,
    '| `trees` | Kernel trees to emit for, e.g. `6.12`. `unspin tree list` names the known ones. |',
  ];
  for (const [name, schema] of Object.entries(SECTION_SCHEMAS)) {
    lines.push('', `## \`${name}\``, '', '| key | meaning | range | default | source |', '| --- | --- | --- | --- | --- |', ...rows('', schema));
  }
  lines.push('', '## Reserved sections', '', 'Named by the language, refused by this version:', '');
  for (const [name, what] of Object.entries(PLANNED_SECTIONS)) lines.push(`- \`${name}\`: ${what}`);
  return `${lines.join('\n')}\n`;
}

function rows(prefix: string, schema: z.ZodType): string[] {
  const shape = objectShape(schema);
  return Object.entries(shape).flatMap(([key, field]) => {
    const doc = fieldDoc(field);
    if (doc !== undefined) return [`| \`${prefix}${key}\` | ${doc.doc} | ${doc.range} | ${doc.default} | ${doc.source} |`];
    return rows(`${prefix}${key}.`, unwrap(field));
  });
}

/** What an optional group, or one that may be left out, is a group of. */
function unwrap(schema: z.ZodType): z.ZodType {
  const def = schema.def as { type: string; innerType?: z.ZodType };
  return (def.type === 'optional' || def.type === 'prefault') && def.innerType !== undefined ? def.innerType : schema;
}

function objectShape(schema: z.ZodType): Record<string, z.ZodType> {
  return (schema.def as { shape?: Record<string, z.ZodType> }).shape ?? {};
}
