// SPDX-License-Identifier: MIT
/** Folders that are kept from run to run, so many of them. Which one is used is noted beside them, for as long as its user runs. */
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRunning, startOf } from '@unspin/debian';
import { fail, ok, type Result } from '@unspin/diagnostics';
import { diskFull, isDiskFull } from './free-space.ts';
import { holderOf, withLock } from './lock.ts';
import type { LabHooks } from './progress.ts';

const USERS = '.users';
const LOCK = '.lock';
/** Set aside to be removed: one of many files is whole as long as it has its name. */
const GONE = '.gone-';

const absent = (error: unknown): void => {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
};

const namesIn = async (dir: string): Promise<readonly string[]> => readdir(dir).catch((error: unknown) => (absent(error), []));

/** Removes what dead processes left in `dir`. `pattern` finds a process's number in a name. */
export async function removeOfDead(dir: string, pattern: RegExp): Promise<void> {
  for (const name of await namesIn(dir)) {
    const pid = pattern.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) await rm(join(dir, name), { recursive: true, force: true });
  }
}

/** Names that processes which still run have claimed; notes of others are removed. */
async function claimed(home: string): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (const note of await namesIn(join(home, USERS))) {
    const [, name = '', pid, start] = /^(.+)@(\d+)(?:-(\d+))?$/.exec(note) ?? [];
    if (isRunning(Number(pid), start)) names.add(name);
    else await rm(join(home, USERS, note), { force: true });
  }
  return names;
}

/** Whether a process that runs holds the lock of this folder, if it has one: it may be of an unspin that claims nothing. */
async function isLocked(dir: string): Promise<boolean> {
  const holder = holderOf(await readFile(join(dir, 'lock'), 'utf8').catch(() => ''));
  return holder !== undefined && isRunning(holder.pid, holder.start);
}

async function removeGone(home: string): Promise<void> {
  for (const name of (await namesIn(home)).filter((n) => n.startsWith(GONE))) await rm(join(home, name), { recursive: true, force: true });
}

async function prune(home: string, used: ReadonlySet<string>, kept: number): Promise<void> {
  // What a killed process had begun to remove.
  await removeGone(home);
  const folders: { readonly name: string; readonly at: number }[] = [];
  for (const name of (await namesIn(home)).filter((n) => !n.startsWith('.'))) {
    const found = await stat(join(home, name)).catch((error: unknown) => absent(error));
    if (found?.isDirectory() === true) folders.push({ name, at: found.mtimeMs });
  }
  folders.sort((a, b) => b.at - a.at);
  for (const { name } of folders.slice(kept)) {
    if (used.has(name) || (await isLocked(join(home, name)))) continue;
    await rename(join(home, name), join(home, `${GONE}${name}`));
  }
  await removeGone(home);
}

export interface Claim {
  /** Whether no process that runs had claimed it before, this one included. */
  readonly first: boolean;
}

/**
 * Keeps the folder `name` in `home` while this process runs, whether it is there already or going to be, and removes those that were used
 * least lately, beyond `kept`. Claim first, then look: what is found then stays.
 */
export async function claim(home: string, name: string, kept: number, hooks: LabHooks = {}): Promise<Result<Claim>> {
  try {
    await mkdir(join(home, USERS), { recursive: true });
    return await withLock(join(home, LOCK), hooks, async () => {
      const used = await claimed(home);
      await writeFile(join(home, USERS, [`${name}@${process.pid}`, startOf(process.pid)].filter(Boolean).join('-')), '');
      const now = new Date();
      await utimes(join(home, name), now, now).catch(absent);
      await prune(home, new Set([...used, name]), kept);
      return ok({ first: !used.has(name) });
    });
  } catch (error) {
    if (isDiskFull(error)) return fail([diskFull(`what is kept in ${home} cannot be noted`)]);
    throw error;
  }
}
