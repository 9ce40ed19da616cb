// SPDX-License-Identifier: MIT
import { spawn, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';

/** A running program with everything it started: its process group, which it must lead (`detached: true`). */
export interface Group {
  readonly kill: () => void;
  /** To be called when the program has ended: lets go of it. */
  readonly release: () => void;
}

/**
 * What runs in the guard: a shell that is told of each group (`+PID`) and of each one's end (`-PID`), and when its standard input closes, which
 * it does whatever ends us, kills those that are left.
 */
const GUARD = `
held=' '
while read -r word; do
  pid=\${word#?}
  case $word in
    +*) held="$held$pid " ;;
    -*) held="\${held%% $pid *} \${held#* $pid }" ;;
  esac
done
for pid in $held; do kill -s KILL -- "-$pid"; done
`;

const held = new Map<number, () => void>();
let guard: ChildProcess | undefined;

process.once('exit', () => {
  for (const kill of held.values()) kill();
});

/**
 * Sees to it that a group ends with us, however we end: `kill` for a Ctrl-C, an exit handler for a thrown error, and for SIGKILL, which
 * nothing in this process can see, the guard.
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
  held.set(pid, kill);
  if (guard === undefined) guard = startGuard();
  else guard.stdin?.write(`+${pid}\n`);
  return {
    kill,
    release: () => {
      if (held.delete(pid)) guard?.stdin?.write(`-${pid}\n`);
    },
  };
}

/** One for all groups: to start a process for each would double what short programs cost. */
function startGuard(): ChildProcess {
  const started = spawn('/bin/sh', ['-c', GUARD], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  const gone = (): void => {
    if (guard === started) guard = undefined;
  };
  started.on('error', gone);
  started.on('exit', gone);
  started.stdin.on('error', gone);
  // It must not keep us from ending.
  started.unref();
  (started.stdin as Socket).unref();
  for (const pid of held.keys()) started.stdin.write(`+${pid}\n`);
  return started;
}
