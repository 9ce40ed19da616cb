// SPDX-License-Identifier: MIT
import type { TreeFacts } from './facts.ts';

/** Facts as the text of `facts/<tree>.json`: keys sorted, one line of source per line, a final newline. */
export function factsToJson(facts: TreeFacts): string {
  return `${JSON.stringify(facts, sortKeys, 2)}\n`;
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
