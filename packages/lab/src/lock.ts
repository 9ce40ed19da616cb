// SPDX-License-Identifier: MIT
import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, startOf } from '@unspin/debian';
import { fail, ok, type Result } from '@unspin/diagnostics';
import { diskFull, isDiskFull } from './free-space.ts';
import type { LabHooks } from './progress.ts';
import { interrupted } from './run.ts';

const POLL_MS = 300;
/** Locks appear with their holder in them: one that says nothing is what a machine that went down left. */
const NAMELESS_MS = 600;

/** For tests: what a full disk lets fail. */
export type Write = (file: string, text: string) => Promise<void>;

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;
const aside = (file: string): string => `${file}.${randomUUID()}`;

/** Whether we have it now. It is written beside its place and linked there, so that at no time it is there without its holder. */
async function take(file: string, write: Write): Promise<boolean> {
  const own = aside(file);
  try {
    await write(own, `${process.pid} ${startOf(process.pid) ?? ''}`.trim());
    await link(own, file);
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    return false;
  } finally {
    await rm(own, { force: true });
  }
}

/** Removes a lock that says `seen`. Who comes second finds none, or another's, and gives that back. */
async function remove(file: string, seen: string): Promise<void> {
  const taken = aside(file);
  try {
    await rename(file, taken);
    if ((await readFile(taken, 'utf8')) !== seen) await link(taken, file);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes(codeOf(error) ?? '')) throw error;
  } finally {
    await rm(taken, { force: true });
  }
}

/** The process a lock's text names. */
export interface Holder {
  readonly pid: number;
  readonly start?: string;
}

export function holderOf(text: string): Holder | undefined {
  const [, pid, start] = /^(\d+)(?: (\d+))?$/.exec(text.trim()) ?? [];
  return pid === undefined ? undefined : { pid: Number(pid), ...(start === undefined ? {} : { start }) };
}

/** Holds `file` while `body` runs. Waits for another process that holds it; a dead one's lock is taken over. */
export async function withLock<T>(file: string, hooks: LabHooks, body: () => Promise<Result<T>>, write: Write = writeFile): Promise<Result<T>> {
  let told = false;
  let namelessSince: number | undefined;
  for (;;) {
    try {
      if (await take(file, write)) break;
    } catch (error) {
      if (isDiskFull(error)) return fail([diskFull(`${file} cannot be written`)]);
      throw error;
    }
    const seen = await readFile(file, 'utf8').catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (seen === undefined) continue;
    const holder = holderOf(seen);
    namelessSince = holder === undefined ? (namelessSince ?? performance.now()) : undefined;
    const over = holder === undefined ? performance.now() - namelessSince! >= NAMELESS_MS : !isRunning(holder.pid, holder.start);
    if (over) {
      await remove(file, seen);
      continue;
    }
    if (!told && holder !== undefined) {
      hooks.onProgress?.({ kind: 'step', text: `waiting for process ${holder.pid} to finish with ${file}` });
      told = true;
    }
    const slept = await sleep(POLL_MS, true, hooks.signal === undefined ? {} : { signal: hooks.signal }).catch(() => false);
    if (!slept) return fail([interrupted('waiting for another unspin')]);
  }
  try {
    return await body();
  } finally {
    await rm(file, { force: true });
  }
}

export const stopIfAborted = (hooks: LabHooks, what: string): Result<null> => (hooks.signal?.aborted === true ? fail([interrupted(what)]) : ok(null));
