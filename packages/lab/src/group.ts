// SPDX-License-Identifier: MIT
import { spawn } from 'node:child_process';

/** A running program with everything it started: its process group, which it must lead (`detached: true`). */
export interface Group {
  readonly kill: () => void;
  /** To be called when the program has ended: lets go of it. */
  readonly release: () => void;
}

/**
 * Sees to it that a group ends with us, however we end: `kill` for a Ctrl-C, an exit handler for a thrown error, and for SIGKILL, which
 * nothing in this process can see, a shell that waits for our end of a pipe to close.
 */
export function holdGroup(pid: number | undefined): Group {
  if (pid === undefined) return { kill: () => undefined, release: () => undefined };
  const kill = (): void => {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // gone already
    }
  };
  process.once('exit', kill);
  const guard = spawn('/bin/sh', ['-c', 'read -r released || kill -s KILL -- "-$0"', String(pid)], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  guard.on('error', () => undefined);
  guard.stdin.on('error', () => undefined);
  guard.unref();
  return {
    kill,
    release: () => {
      process.removeListener('exit', kill);
      guard.stdin.end('released\n');
    },
  };
}
