// SPDX-License-Identifier: MIT
import * as runtime from 'handlebars/runtime.js';
import type { TemplateData } from './plan.ts';

/** Its declarations name nothing that it exports. */
const { default: handlebars } = runtime as unknown as { readonly default: Pick<typeof Handlebars, 'template' | 'VERSION'> };

export const TEMPLATE_OPTIONS = { strict: true, noEscape: true } as const;

/** What a template was compiled by and how, which must be the same where it is rendered. */
export const TEMPLATE_FORMAT = `${handlebars.VERSION} ${JSON.stringify(TEMPLATE_OPTIONS)}`;

/** Renders text. A name the data lacks is a bug and throws. */
export type Template = (data: TemplateData) => string;

/** By name: `debooster/fair.c` for kernel-templates/debooster/fair.c.hbs. */
export type Templates = ReadonlyMap<string, Template>;

/** What `precompileTemplates` gives, run: plain text, or what Handlebars compiled a template to. */
export type PrecompiledTemplates = Readonly<Record<string, string | TemplateSpecification>>;

export function readyTemplates(precompiled: PrecompiledTemplates): Templates {
  return new Map(
    Object.entries(precompiled).map(([name, spec]): [string, Template] => {
      if (typeof spec === 'string') return [name, () => spec];
      const render: HandlebarsTemplateDelegate<TemplateData> = handlebars.template<TemplateData>(spec);
      return [name, (data) => render(data)];
    }),
  );
}

/** Renders to whole lines, without line ends. */
export function renderLines(templates: Templates, name: string, data: TemplateData): string[] {
  const template = templates.get(name);
  if (template === undefined) throw new Error(`no template kernel-templates/${name}.hbs`);
  const text = template(data);
  if (text === '') return [];
  return text.replace(/\n$/, '').split('\n');
}
