// SPDX-License-Identifier: MIT
const VOID = new Set(['meta', 'link', 'br', 'wbr', 'hr', 'img', 'input']);

/** What is wrong with a page's tags: browsers mend silently what a generator gets wrong. */
export function tagErrors(page: string): string[] {
  const body = page.replace(/<!doctype html>/, '').replace(/<style>[\s\S]*?<\/style>/g, '');
  const errors: string[] = [];
  const open: string[] = [];
  const rest = body.replace(/<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+(?:="[^"<>]*")?)*)\s*(\/?)>/g, (_, closing: string, name: string, attributes: string, self: string) => {
    const names = [...attributes.matchAll(/([\w:-]+)(?:="[^"]*")?/g)].map((m) => m[1]);
    if (new Set(names).size !== names.length && !/=".*\s/.test(attributes)) errors.push(`<${name}> has an attribute twice`);
    if (closing !== '') {
      const last = open.pop();
      if (last !== name) errors.push(`</${name}> closes <${last ?? 'nothing'}>`);
    } else if (self === '' && !VOID.has(name)) open.push(name);
    return '';
  });
  const stray = /[<>]/.exec(rest);
  if (stray !== null) errors.push(`stray ${stray[0]} near ${JSON.stringify(rest.slice(Math.max(0, stray.index - 40), stray.index + 40))}`);
  if (open.length > 0) errors.push(`not closed: ${open.join(', ')}`);
  return errors;
}
