// SPDX-License-Identifier: MIT
/**
 * Series compiled in an earlier run, one for each tree and policy, taken as long as all that they were compiled from is the same.
 * The last one stays, whoever asked for it. They save time and nothing else: without them, every series is compiled again.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { PatchSeries } from '@unspin/compiler';
import { keep } from '../../module-cache.ts';

export const KEPT_SERIES = fileURLToPath(new URL('../../../../../node_modules/.cache/unspin-series/', import.meta.url));

interface Kept {
  readonly key: string;
  readonly series: PatchSeries;
}

/**
 * The series last kept in `file` if `key` is still that of what it was compiled from, else what `compile` gives.
 * Whatever can change a byte of the series must be in the key.
 */
export async function keptOr(file: string, key: string, compile: () => Promise<PatchSeries | undefined>): Promise<PatchSeries | undefined> {
  const kept = read(file);
  if (kept?.key === key) return kept.series;
  const series = await compile();
  if (series !== undefined) keep(file, JSON.stringify({ key, series } satisfies Kept));
  return series;
}

function read(file: string): Kept | undefined {
  try {
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Kept) : undefined;
  } catch {
    return undefined; // cut off by a full disk, say; it is written anew
  }
}
