// SPDX-License-Identifier: MIT
/** What was compiled, kept from run to run with what tells whether it still holds. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const URL_HEAD = 'data:text/javascript;base64,';

const KEPT_MS = 7 * 24 * 3600 * 1000;

/** One name for all these parts, in this order. */
export function contentKey(...parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length} `).update(part);
  return hash.digest('hex');
}

export const evaluate = (code: string): Promise<unknown> => import(URL_HEAD + Buffer.from(code).toString('base64'));

/** Keeps a text for later runs, and lets go of those beside it that a week has passed. */
export function keep(cached: string, text: string): void {
  try {
    const dir = dirname(cached);
    mkdirSync(dir, { recursive: true });
    for (const name of readdirSync(dir)) if (Date.now() - statSync(join(dir, name)).mtimeMs > KEPT_MS) rmSync(join(dir, name), { force: true });
    writeFileSync(`${cached}.${process.pid}`, text);
    renameSync(`${cached}.${process.pid}`, cached);
  } catch {
    // A cache only: where it cannot be written, the next run compiles again.
  }
}
