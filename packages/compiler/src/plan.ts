// SPDX-License-Identifier: MIT

/** What a template may see: names, numbers already worked out, loops and booleans. */
export type TemplateValue = string | number | boolean | readonly TemplateValue[] | { readonly [key: string]: TemplateValue };
export type TemplateData = { readonly [key: string]: TemplateValue };

/**
 * One change to the tree. `template` names a file below kernel-templates/ without its `.hbs`, e.g.
 * `debooster/fair.c`. Its rendered text is whole lines; an empty result inserts nothing.
 */
export type Edit =
  | { readonly kind: 'addFile'; readonly path: string; readonly template: string }
  | { readonly kind: 'insertBefore'; readonly site: string; readonly template: string }
  | { readonly kind: 'insertAfter'; readonly site: string; readonly template: string }
  | { readonly kind: 'replace'; readonly site: string; readonly template: string }
  /** At the end of the block that an earlier edit put next to the site; `block` is the #if line it begins with. */
  | { readonly kind: 'insertInto'; readonly site: string; readonly block: string; readonly template: string };

/** One patch of a series. Every patch alone must leave a tree that builds. */
export interface PlannedPatch {
  /** Shortlog with prefix, imperative, at most 75 characters. */
  readonly subject: string;
  /** Template of the changelog: what changes, then why, then what was tested and what was not. Wrapped at 75. */
  readonly changelog: string;
  readonly edits: readonly Edit[];
  readonly data: TemplateData;
}
