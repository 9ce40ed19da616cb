// SPDX-License-Identifier: MIT
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { policyReference } from '@unspin/policy';
import type { Context } from '../context.ts';
import type { Outcome } from '../output.ts';

/** Writes what the schema says of itself, if it changed. */
export function runDocs(context: Context): Outcome {
  const shown = 'docs/policy-reference.md';
  const path = join(context.root, shown);
  const text = policyReference();
  const same = existsSync(path) && readFileSync(path, 'utf8') === text;
  if (!same) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  const status = same ? 'unchanged' : 'written';
  return { diagnostics: [], data: { files: [{ path: shown, status }] }, text: `${status} ${shown}\n` };
}
