// SPDX-License-Identifier: MIT
import Handlebars from 'handlebars';
import type { TemplateData } from './plan.ts';

/** Template sources by name: `debooster/fair.c` for kernel-templates/debooster/fair.c.hbs. */
export type Templates = ReadonlyMap<string, string>;

const compiled = new Map<string, HandlebarsTemplateDelegate<TemplateData>>();

/** Renders to whole lines, without line ends. A name the data lacks is a bug and throws. */
export function renderLines(templates: Templates, name: string, data: TemplateData): string[] {
  const source = templates.get(name);
  if (source === undefined) throw new Error(`no template kernel-templates/${name}.hbs`);
  const text = source.includes('{{') ? compile(source)(data) : source;
  if (text === '') return [];
  return text.replace(/\n$/, '').split('\n');
}

function compile(source: string): HandlebarsTemplateDelegate<TemplateData> {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  const template = Handlebars.compile<TemplateData>(source, { strict: true, noEscape: true });
  compiled.set(source, template);
  return template;
}
