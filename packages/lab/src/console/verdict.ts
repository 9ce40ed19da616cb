// SPDX-License-Identifier: MIT

/** How the program that ran the machine ended. Exit code 0 proves nothing: a panic with panic=-1 ends that way too. */
export type ProcessEnd =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'killed'; readonly signal: string }
  /** We ended it: no console output for this long. */
  | { readonly kind: 'hang'; readonly silentMs: number }
  /** We ended it: not done within its time. */
  | { readonly kind: 'timeout'; readonly totalMs: number }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'not-started'; readonly message: string };

export type VerdictKind =
  | 'pass'
  | 'fail'
  | 'panic'
  | 'oops'
  | 'lockdep-splat'
  | 'rcu-splat'
  | 'kcsan-splat'
  | 'warning'
  | 'lockup'
  | 'hang'
  | 'timeout'
  | 'lost-vm'
  | 'interrupted'
  | 'infrastructure';

export interface Verdict {
  readonly kind: VerdictKind;
  /** What decided it: a console line, or how the process ended. */
  readonly evidence: string;
  /** 1-based console line, where a line decided it. */
  readonly line?: number;
}

/** What the init inside prints when everything it checked holds, and when something does not. */
export const PASS_MARKER = 'unspin: verdict pass';
export const FAIL_MARKER = 'unspin: verdict fail';

type Splat = Extract<VerdictKind, 'panic' | 'oops' | 'lockdep-splat' | 'rcu-splat' | 'kcsan-splat' | 'warning' | 'lockup'>;

const SPLATS: readonly (readonly [Splat, RegExp])[] = [
  ['lockdep-splat', /WARNING: (?:possible (?:circular locking|recursive locking|irq lock inversion)|inconsistent lock state|bad unlock balance|HARDIRQ-safe|SOFTIRQ-safe|lock held when returning|Nested lock was not taken|held lock freed)|WARNING: .*possible irq lock inversion|BUG: (?:sleeping function called from invalid context|scheduling while atomic|Invalid wait context|spinlock |rwlock |MAX_LOCK|MAX_STACK_TRACE|workqueue leaked)|\[ BUG: (?:Invalid wait context|.* lock held)|DEBUG_LOCKS_WARN_ON/],
  ['rcu-splat', /WARNING: suspicious RCU usage|rcu: INFO: rcu_\w+ (?:self-)?detected (?:expedited )?stalls?|rcu: INFO: rcu_\w+ .*stall|rcu: .*kthread (?:starved|timer wakeup)/],
  ['kcsan-splat', /BUG: KCSAN: /],
  ['lockup', /watchdog: BUG: (?:soft|hard) lockup|NMI watchdog: Watchdog detected hard LOCKUP|watchdog: .*hard LOCKUP|INFO: task .* blocked for more than \d+ seconds/],
  ['oops', /BUG: (?:unable to handle|kernel NULL pointer|stack guard page|KASAN: |KFENCE: |TASK stack guard|corrupted |Bad (?:page|rss)|non-zero)|Oops: |kernel BUG at |general protection fault|unchecked MSR access error|invalid opcode: |double fault: |stack-protector: Kernel stack|UBSAN: |divide error: /],
  ['warning', /WARNING: CPU: \d+|\bWARNING: \S+\.[ch]:\d+ at /],
];
/** Whether the kernel itself said that something is wrong. */
export const isSplat = (kind: VerdictKind): boolean => SPLATS.some(([splat]) => splat === kind) || kind === 'panic';

const PANIC = /Kernel panic - not syncing/;

interface Found {
  readonly kind: Splat;
  readonly evidence: string;
  readonly line: number;
}

function clean(line: string): string {
  // eslint-disable-next-line no-control-regex
  return line.replace(/\u001b\[[\d;?]*[A-Za-z]/g, '').replaceAll('\r', '').trimEnd();
}

/** The first thing that went wrong. A panic is told by its cause where the cause is a splat in front of it. */
function firstSplat(lines: readonly string[]): Found | undefined {
  for (const [i, line] of lines.entries()) {
    if (PANIC.test(line)) return { kind: 'panic', evidence: line, line: i + 1 };
    const kind = SPLATS.find(([, pattern]) => pattern.test(line))?.[0];
    if (kind !== undefined) return { kind, evidence: line, line: i + 1 };
  }
  return undefined;
}

/**
 * Judges a run by its console and by how it ended. It passes only where the success marker was printed from
 * inside, nothing went wrong before or after it, and the machine then went away by itself.
 */
export function judgeConsole(console: readonly string[], end: ProcessEnd): Verdict {
  if (end.kind === 'not-started') return { kind: 'infrastructure', evidence: end.message };
  const lines = console.map(clean);
  const splat = firstSplat(lines);
  const panic = lines.findIndex((line) => PANIC.test(line));
  // A warning or a stall in front of a panic is a lesser thing than the panic; an oops or a lockup is its cause.
  if (panic >= 0 && (splat === undefined || !['oops', 'lockup'].includes(splat.kind))) return { kind: 'panic', evidence: lines[panic] ?? '', line: panic + 1 };
  if (panic >= 0 && splat !== undefined) return { kind: 'panic', evidence: `${splat.evidence} → ${lines[panic] ?? ''}`, line: splat.line };
  if (splat !== undefined) return splat;

  const failed = lines.findIndex((line) => line.includes(FAIL_MARKER));
  const passed = lines.findIndex((line) => line.includes(PASS_MARKER));
  if (end.kind === 'interrupted') return { kind: 'interrupted', evidence: 'interrupted by the user' };
  if (failed >= 0) {
    const why = lines.findIndex((line) => /^unspin: failed /.test(line));
    const line = why >= 0 ? why : failed;
    return { kind: 'fail', evidence: lines[line] ?? '', line: line + 1 };
  }
  const said = lines.findLast((line) => line !== '') ?? 'no output at all';
  switch (end.kind) {
    case 'hang':
      return { kind: 'hang', evidence: `silent for ${Math.round(end.silentMs / 1000)} s after: ${said}` };
    case 'timeout':
      return { kind: 'timeout', evidence: `not done after ${Math.round(end.totalMs / 1000)} s; last: ${said}` };
    case 'killed':
      return { kind: 'lost-vm', evidence: `QEMU killed by ${end.signal} after: ${said}` };
    case 'exited':
      if (end.code !== 0 && !lines.some((line) => line !== '')) return { kind: 'infrastructure', evidence: `QEMU exited with ${end.code} before the machine said anything` };
      if (end.code !== 0) return { kind: 'lost-vm', evidence: `QEMU exited with ${end.code} after: ${said}` };
      if (passed >= 0) return { kind: 'pass', evidence: lines[passed] ?? '', line: passed + 1 };
      return { kind: 'lost-vm', evidence: `the machine went away without a verdict after: ${said}` };
  }
}
