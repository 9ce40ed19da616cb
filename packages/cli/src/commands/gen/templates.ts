// SPDX-License-Identifier: MIT
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { PrecompiledTemplates, Templates } from '@unspin/compiler';
import { contentKey, evaluate, keep } from '../../module-cache.ts';

const CACHE = fileURLToPath(new URL('../../../../../node_modules/.cache/unspin-templates/', import.meta.url));

/** All templates as they are written, by the names edits use: `debooster/fair.c` for kernel-templates/debooster/fair.c.hbs. */
export interface TemplateSources {
  readonly byName: ReadonlyMap<string, string>;
  /** Names their content. */
  readonly key: string;
}

export function readTemplates(dir: string): TemplateSources {
  const byName = new Map(
    readdirSync(dir, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.hbs'))
      .map((name) => [name.replaceAll('\\', '/').slice(0, -'.hbs'.length), readFileSync(join(dir, name), 'utf8')]),
  );
  return { byName, key: contentKey(...[...byName].flat()) };
}

/** Compiled once for each state of them and of the program. */
export async function compileTemplates({ byName, key }: TemplateSources, toolId = ''): Promise<Templates> {
  const { readyTemplates, TEMPLATE_FORMAT } = await import('@unspin/compiler');
  const cached = join(CACHE, `${contentKey(TEMPLATE_FORMAT, toolId, key).slice(0, 32)}.mjs`);
  return readyTemplates(existsSync(cached) ? defaultOf(await import(pathToFileURL(cached).href)) : await precompiled(byName, cached));
}

async function precompiled(byName: ReadonlyMap<string, string>, cached: string): Promise<PrecompiledTemplates> {
  const { precompileTemplates } = await import('@unspin/compiler/precompile');
  const code = `export default ${precompileTemplates(byName)};\n`;
  keep(cached, code);
  return defaultOf(await evaluate(code));
}

const defaultOf = (module: unknown): PrecompiledTemplates => (module as { readonly default: PrecompiledTemplates }).default;
