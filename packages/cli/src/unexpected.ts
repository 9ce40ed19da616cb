// SPDX-License-Identifier: MIT
import type { Diagnostic } from '@unspin/diagnostics';

const FULL = new Set(['ENOSPC', 'EDQUOT']);

/** What was thrown, as a diagnostic: a full disk is nobody's mistake, anything else is ours. */
export function unexpected(error: unknown): Diagnostic {
  const { code, message, stack } = (error instanceof Error ? error : new Error(String(error))) as NodeJS.ErrnoException;
  if (code !== undefined && FULL.has(code)) {
    return { code: 'LAB_DISK_FULL', severity: 'error', message, help: 'make room, or name a folder on another disk in UNSPIN_CACHE, then run the same command again: it goes on where it stopped' };
  }
  return { code: 'INTERNAL', severity: 'error', message, help: `this is a bug in unspin: ${(stack ?? '').split('\n').slice(1, 4).map((l) => l.trim()).join(' ')}` };
}
