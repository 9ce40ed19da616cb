// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { policyInputTypes, policyReference } from '../src/index.ts';

it.each([
  ['docs/policy-reference.md', policyReference],
  ['packages/policy/src/policy-input.ts', policyInputTypes],
])('%s is what the schema says; regenerate with ./unspin docs', (path, generate) => {
  expect(readFileSync(resolve(import.meta.dirname, '../../..', path), 'utf8')).toBe(generate());
});

it('the reference gives every field a unit or range, a default and a source', () => {
  const rows = policyReference().split('\n').filter((l) => /^\| `[a-zA-Z.]+` \|/.test(l) && l.split('|').length === 7);
  expect(rows.length).toBeGreaterThanOrEqual(20);
  for (const row of rows) expect(row.split('|').slice(1, -1).every((cell) => cell.trim() !== '')).toBe(true);
});
