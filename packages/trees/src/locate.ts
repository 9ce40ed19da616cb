// SPDX-License-Identifier: MIT

/**
 * Finds function, struct and initialiser bodies in C sources by the kernel's own layout: a definition starts in column 0
 * and its body closes with the first `}` in column 0.
 *
 * A parser does worse here. tree-sitter-c 0.24 was tried on the files the sites live in: unexpanded macros (`for_each_...`,
 * `__sched`, `DEFINE_...`) derail it, and it loses 153 of the 362 functions of 6.1's kernel/sched/fair.c and 40 to 60 in
 * every other scheduler file, whereas this rule finds all of them and costs a few milliseconds.
 */

/** Lines `start` to `end`, 1-based and inclusive, from the definition's first line to its closing brace. */
export interface Scope {
  /** `yield_to`, `struct kvm_vcpu`, `enum fair_steps`, or the variable an initialiser belongs to. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** The lines of a text, without line ends. A final newline does not make a further line. */
export function toLines(text: string): readonly string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** All definitions with a body, in file order. A name may occur twice (`#ifdef` and `#else`). */
export function scopesOf(lines: readonly string[]): readonly Scope[] {
  const scopes: Scope[] = [];
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? '';
    if (line.startsWith('#')) {
      while (lines[i]?.endsWith('\\')) i++;
    } else if (ONE_LINER.test(line)) {
      addFunction(scopes, lines, i, i);
    } else if (/^\{\s*$/.test(line)) {
      const end = bodyEnd(lines, i);
      const name = aggregateName(`${lines[i - 1] ?? ''} {`);
      if (name !== undefined) scopes.push({ name, start: i, end: end + 1 });
      else addFunction(scopes, lines, i - 1, end);
      i = end;
    } else if (/^[A-Za-z_].*\{\s*$/.test(line)) {
      const end = bodyEnd(lines, i);
      const name = aggregateName(line);
      if (name !== undefined) scopes.push({ name, start: i + 1, end: end + 1 });
      else addFunction(scopes, lines, i, end);
      i = end;
    }
  }
  return scopes;
}

/** `int f(void) { return 0; }`, or the last line of a longer head that ends so. */
const ONE_LINER = /\)\s*\{[^{}]*\}\s*$/;

/** What takes arguments in a function's head without being its name. */
const ATTRIBUTES = new Set(
  ['attribute__', 'printf', 'scanf', 'aligned', 'section', 'acquires', 'releases', 'must_hold', 'alloc_size', 'no_sanitize']
    .map((name) => `__${name}`)
    .concat('__cond_acquires', '__acquires_shared', '__releases_shared', '__must_hold_shared', '__diagnose_as', '__alias'),
);

function bodyEnd(lines: readonly string[], open: number): number {
  const end = lines.findIndex((line, i) => i > open && line.startsWith('}'));
  return end === -1 ? lines.length - 1 : end;
}

function aggregateName(line: string): string | undefined {
  const type = /^(?:typedef\s+|static\s+|const\s+)*(struct|union|enum)\s+(\w+)[^=(]*\{\s*$/.exec(line);
  if (type !== null) return `${type[1]} ${type[2]}`;
  const variable = /^([^=]*)=\s*\{\s*$/.exec(line);
  if (variable === null) return undefined;
  const pointer = /\(\*\s*(?:const\s+)?(\w+)/.exec(line);
  if (pointer !== null) return pointer[1];
  const identifiers = (variable[1] ?? '').replace(/\[[^\]]*\]/g, '').match(/[A-Za-z_]\w*/g) ?? [];
  return identifiers.findLast((name) => !name.startsWith('__')) ?? identifiers.at(-1);
}

/** Records the function whose head ends at `last` and whose body ends at `end` (both 0-based). */
function addFunction(scopes: Scope[], lines: readonly string[], last: number, end: number): void {
  let first = last;
  while (first > 0 && continuesHead(lines[first - 1] ?? '')) first--;
  if (!/^[A-Za-z_]/.test(lines[first] ?? '')) return;
  const name = functionName(lines.slice(first, last + 1).join(' '));
  if (name !== undefined) scopes.push({ name, start: first + 1, end: end + 1 });
}

/** Whether a line can be an earlier part of the head below it. */
function continuesHead(line: string): boolean {
  const code = line.replace(/(?<=\S)\s*\/\*.*?\*\/\s*$/, '');
  return !/^\s*$|^[#}]|[;{}]\s*$|^\s*(\/\*|\*|\/\/)|\*\/\s*$|^\w+:\s*$/.test(code);
}

function functionName(head: string): string | undefined {
  const text = head.replace(/\/\*.*?\*\//g, ' ');
  const macro = /^[A-Z][A-Z0-9_]*\s*\(\s*([A-Za-z_]\w*)/.exec(text);
  if (macro !== null) return macro[1];
  for (const match of text.matchAll(/([A-Za-z_]\w*)\s*\(/g)) {
    if (!ATTRIBUTES.has(match[1] ?? '')) return match[1];
  }
  return undefined;
}
