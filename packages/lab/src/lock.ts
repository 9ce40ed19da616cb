// SPDX-License-Identifier: MIT
import { readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fail, ok, type Result } from '@unspin/diagnostics';
import type { LabHooks } from './progress.ts';
import { interrupted } from './run.ts';

const POLL_MS = 300;

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Holds `file` while `body` runs. Waits for another process that holds it; a dead one's lock is taken over. */
export async function withLock<T>(file: string, hooks: LabHooks, body: () => Promise<Result<T>>): Promise<Result<T>> {
  let told = false;
  for (;;) {
    try {
      await writeFile(file, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = Number(await readFile(file, 'utf8').catch(() => ''));
    if (holder > 0 && !alive(holder)) {
      await rm(file, { force: true });
      continue;
    }
    if (!told) hooks.onProgress?.({ kind: 'step', text: `waiting for process ${holder} to finish with ${file}` });
    told = true;
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
