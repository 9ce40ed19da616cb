// SPDX-License-Identifier: MIT
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { policyInputTypes, policyReference } from '@unspin/policy';
import type { Context } from '../context.ts';
import type { Outcome } from '../output.ts';

/** What the schema says of itself: for readers and for editors. */
const GENERATED: Readonly<Record<string, () => string>> = {
  'docs/policy-reference.md': policyReference,
  'packages/policy/src/policy-input.ts': policyInputTypes,
};

/** Writes what changed. */
export function runDocs(context: Context): Outcome {
  const files = Object.entries(GENERATED).map(([path, generate]) => ({ path, status: write(join(context.root, path), generate()) }));
  return { diagnostics: [], data: { files }, text: files.map(({ path, status }) => `${status} ${path}\n`).join('') };
}

function write(path: string, text: string): 'unchanged' | 'written' {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return 'unchanged';
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return 'written';
}
