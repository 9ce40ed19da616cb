// SPDX-License-Identifier: MIT
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning } from './process.ts';

/** A folder beside where something is going to appear, whole or not at all. It is named after this process. */
export const stagingDir = (beside: string): string => mkdtempSync(join(beside, `.tmp-${process.pid}-`));

/** Removes what killed processes left half-done in `dir`. */
export function removeStale(dir: string): void {
  for (const name of readdirSync(dir)) {
    const pid = /^\.tmp-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) rmSync(join(dir, name), { recursive: true, force: true });
  }
}
