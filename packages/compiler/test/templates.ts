// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readyTemplates, type PrecompiledTemplates, type Templates } from '../src/index.ts';
import { precompileTemplates } from '../src/precompile.ts';

export const ROOT = resolve(import.meta.dirname, '../../..');

/** All shipped templates, by the names edits use. */
export function shippedTemplates(): Templates {
  const dir = join(ROOT, 'kernel-templates');
  const sources = new Map(
    readdirSync(dir, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.hbs'))
      .map((name) => [name.replaceAll('\\', '/').slice(0, -'.hbs'.length), readFileSync(join(dir, name), 'utf8')]),
  );
  return readyTemplates(new Function(`return ${precompileTemplates(sources)}`)() as PrecompiledTemplates);
}
