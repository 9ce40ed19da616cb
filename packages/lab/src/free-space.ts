// SPDX-License-Identifier: MIT
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Diagnostic } from '@unspin/diagnostics';

/** Of a user without privileges; undefined where the file system does not say. */
export function freeBytes(dir: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(dir);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}

const MAKE_ROOM = 'make room, or name a folder on another disk in UNSPIN_CACHE';

/** What the system says where there is no room, or no quota. */
export const isDiskFull = (error: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException | undefined)?.code ?? '');

export const diskFull = (what: string): Diagnostic => ({ code: 'LAB_DISK_FULL', severity: 'error', message: `no space left: ${what}`, help: MAKE_ROOM });

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

/** Said before long work begins, not an hour into it. `needed` is an estimate, so nothing is refused where the free space is not known. */
export function roomFor(what: string, dir: string, needed: number, free = freeBytes(dir)): Diagnostic | undefined {
  if (free === undefined || free >= needed) return undefined;
  return { code: 'LAB_DISK_FULL', severity: 'error', message: `${what} needs about ${gigabytes(needed)} in ${dir}, ${gigabytes(free)} are free`, help: MAKE_ROOM };
}

/** A console's buffer, and then some. */
const PROBE_BYTES = 1 << 16;

/** Whether a program can still write here: what the system says of free space knows neither quotas nor what is kept for root. */
export function hasRoom(dir: string): boolean {
  const probe = join(dir, `.room-${process.pid}`);
  try {
    writeFileSync(probe, Buffer.alloc(PROBE_BYTES));
    return true;
  } catch (error) {
    if (isDiskFull(error)) return false;
    throw error;
  } finally {
    rmSync(probe, { force: true });
  }
}
