// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';

interface Stat {
  readonly state: string;
  readonly start: string;
}

/** Undefined where there is no such process, and where /proc does not show those of others. */
function statOf(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // In front stands the program's name, in which there may be anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', start: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}

/** When a process was started, in ticks since the machine was: tells it from a later one with its number. */
export const startOf = (pid: number): string | undefined => statOf(pid)?.start;

/** Whether a process still runs, and is the one that was started then. One that is dead and that nobody has reaped does not. */
export function isRunning(pid: number, start?: string): boolean {
  const stat = statOf(pid);
  if (stat !== undefined) return stat.state !== 'Z' && stat.state !== 'X' && (start === undefined || stat.start === start);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
