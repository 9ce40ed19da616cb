// SPDX-License-Identifier: MIT
/** Apart from render.ts, which needs only the smaller half of Handlebars: templates seldom change, and compiling them takes as long as all else. */
import Handlebars from 'handlebars';
import { TEMPLATE_OPTIONS } from './render.ts';

/** Template sources by name, as a JavaScript expression: an object to give to `readyTemplates`. */
export function precompileTemplates(sources: ReadonlyMap<string, string>): string {
  const members = [...sources].map(([name, source]) => `${JSON.stringify(name)}: ${precompile(source)}`);
  return `{\n${members.join(',\n')}\n}`;
}

function precompile(source: string): string {
  if (!source.includes('{{')) return JSON.stringify(source);
  return String(Handlebars.precompile(source, TEMPLATE_OPTIONS));
}
