// SPDX-License-Identifier: MIT
/** HTML in which everything is escaped that is not HTML made here. */

export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type Part = string | number | Markup | undefined | readonly Part[];

export const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[c] ?? c);

function render(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'string' || typeof part === 'number') return escaped(String(part));
  return part.map(render).join('');
}

/** A template whose values are escaped, unless they are markup themselves. */
export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Markup => new Markup(strings.map((text, i) => text + render(parts[i])).join(''));

/** A table that scrolls inside itself where it is too wide. `head` and the first cell of each row are headers; `groups` stand above columns from the second on. */
export function table(caption: string, head: readonly Part[], rows: readonly (readonly Part[])[], groups: readonly { readonly title: string; readonly columns: number }[] = []): Markup {
  const above = groups.length === 0 ? undefined : html`<tr><td></td>${groups.map((g) => html`<th scope="colgroup" colspan="${g.columns}">${g.title}</th>`)}</tr>\n`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table>
<caption>${caption}</caption>
<thead>${above}<tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>${rows.map(([first, ...rest]) => html`<tr><th scope="row">${first}</th>${rest.map((cell) => html`<td>${cell}</td>`)}</tr>\n`)}</tbody>
</table></div>`;
}
