// SPDX-License-Identifier: MIT
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it. Node's own recursive mkdir never returns where the parent is there and the
 * system says ENOENT all the same, as it does in /proc.
 */
export function makeDir(path: string): void {
  const absent: string[] = [];
  for (let dir = path; !existsSync(dir); dir = dirname(dir)) absent.push(dir);
  for (const dir of absent.reverse()) {
    try {
      mkdirSync(dir);
    } catch (error) {
      // Another process may have been faster.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
