// SPDX-License-Identifier: MIT
import { hostSaid, parseHost, type HostConsole } from '../console/host.ts';

export type PhaseName = 'off' | 'on';

/** What the host's init and kernel said on the console, before any judgement. */
export interface SmokeConsole extends HostConsole {
  readonly phasesEnded: readonly string[];
  /** phase → switch file → value read back. */
  readonly switches: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** phase → counter → growth. Counters that are not there before the phase start at 0. */
  readonly counters: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** phase → guest → what it says it has done. */
  readonly guests: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Boots of guests that had to be repeated, with what QEMU exited with. */
  readonly restarts: readonly string[];
}

type Nested<T> = Record<string, Record<string, T>>;

function put<T>(into: Nested<T>, outer: string, inner: string, value: T): void {
  (into[outer] ??= {})[inner] = value;
}

function growth(before: Nested<number>, after: Nested<number>): Nested<number> {
  const out: Nested<number> = {};
  for (const [phase, counters] of Object.entries(after)) {
    for (const [name, value] of Object.entries(counters)) put(out, phase, name, value - (before[phase]?.[name] ?? 0));
  }
  return out;
}

/** Reads a whole console. Lines of other origin are ignored; a line cut short counts for nothing. */
export function parseSmokeConsole(lines: readonly string[]): SmokeConsole {
  const before: Nested<number> = {};
  const after: Nested<number> = {};
  const switches: Nested<string> = {};
  const guests: Nested<string> = {};
  const phasesEnded: string[] = [];
  const restarts: string[] = [];

  const said = hostSaid(lines);
  for (const { verb, rest, words } of said) {
    switch (verb) {
      case 'switch':
        if (words.length === 3) put(switches, words[0]!, words[1]!, words[2]!);
        break;
      case 'counter': {
        const value = Number(words[3]);
        if (words.length === 4 && words[3] !== '' && Number.isFinite(value)) put(words[1] === 'before' ? before : after, words[0]!, words[2]!, value);
        break;
      }
      case 'phase':
        if (words[1] === 'end') phasesEnded.push(words[0]!);
        else if (words[1] === 'guest') put(guests, words[0]!, words[2] ?? '', words.slice(3).join(' '));
        break;
      case 'restart':
        restarts.push(rest);
        break;
    }
  }
  return { ...parseHost(said), phasesEnded, switches, counters: growth(before, after), guests, restarts };
}
