// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { readyTemplates, TEMPLATE_FORMAT, type PrecompiledTemplates, type Templates } from '@unspin/compiler';
import { evaluate, keep } from '../../module-cache.ts';

const CACHE = fileURLToPath(new URL('../../../../../node_modules/.cache/unspin-templates/', import.meta.url));

/** All templates, by the names edits use: `debooster/fair.c` for kernel-templates/debooster/fair.c.hbs. Compiled once for each state of them. */
export async function readTemplates(dir: string): Promise<Templates> {
  const sources = new Map(
    readdirSync(dir, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.hbs'))
      .map((name) => [name.replaceAll('\\', '/').slice(0, -'.hbs'.length), readFileSync(join(dir, name), 'utf8')]),
  );
  return readyTemplates(await precompiled(sources));
}

async function precompiled(sources: ReadonlyMap<string, string>): Promise<PrecompiledTemplates> {
  const hash = createHash('sha256').update(`${TEMPLATE_FORMAT}\0`);
  for (const [name, text] of sources) hash.update(name).update('\0').update(text).update('\0');
  const cached = join(CACHE, `${hash.digest('hex').slice(0, 32)}.mjs`);
  if (existsSync(cached)) return defaultOf(await import(pathToFileURL(cached).href));
  const { precompileTemplates } = await import('@unspin/compiler/precompile');
  const code = `export default ${precompileTemplates(sources)};\n`;
  keep(cached, code);
  return defaultOf(await evaluate(code));
}

const defaultOf = (module: unknown): PrecompiledTemplates => (module as { readonly default: PrecompiledTemplates }).default;
