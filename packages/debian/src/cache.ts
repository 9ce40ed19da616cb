// SPDX-License-Identifier: MIT
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where fetched sources live: `UNSPIN_CACHE`, or the git-ignored `.unspin/` at the project's top. */
export function cacheDir(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const own = env['UNSPIN_CACHE'];
  if (own !== undefined && own !== '') return resolve(own);
  return join(fileURLToPath(new URL('../../../', import.meta.url)), '.unspin');
}
