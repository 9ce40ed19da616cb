// SPDX-License-Identifier: MIT
import { hostSaid, parseHost, type HostConsole } from '../console/host.ts';
import { ECS_KINDS } from '../ecs-kinds.ts';

/**
 * What a VM says at the end of its window: microseconds it ran and waited, how often it came to the CPU, the length of the host's tick, what
 * was done to the VM from outside, and KVM's eCS counters, the last of them by kind of section.
 */
export const MEASURES = [
  'run_us', 'wait_us', 'turns', 'tick_us', 'changes', 'grants', 'expired', 'overruns', 'revoked', 'refused', 'unreadable', 'extra_ns',
  ...ECS_KINDS.map((kind) => `unavoided_${kind}` as const),
] as const;

export type Measured = Readonly<Record<(typeof MEASURES)[number], number>>;

/** Two VMs on one pCPU. */
export interface Share {
  /** Claims critical sections. */
  readonly greedy?: Measured;
  /** Knows nothing of them. */
  readonly honest?: Measured;
  /** Graces of the greedy one as traced, each from its beginning to its end or to when the vCPU left. */
  readonly graces?: { readonly count: number; readonly longest_us: number };
}

export interface HostileConsole extends HostConsole {
  /** Parameters of kvm, as the host started with them. */
  readonly parameters: Readonly<Record<string, string>>;
  /** test → phase → whether it held. */
  readonly tests: Readonly<Record<string, Readonly<Record<string, boolean>>>>;
  /** phase → mode → what both VMs had. */
  readonly shares: Readonly<Record<string, Readonly<Record<string, Share>>>>;
  /** VMs that KVM still knew, each time they were counted. */
  readonly vmsLeft: readonly number[];
  /** What became of KVM's modules at run time, in order: `unloaded`, `loaded`. */
  readonly moduleEvents: readonly string[];
}

/** Names with a number each; undefined where one of them is missing, as in a line cut short. */
function numbers<N extends string>(words: readonly string[], names: readonly N[]): Readonly<Record<N, number>> | undefined {
  const pairs = new Map<string, number>();
  for (let i = 0; i + 1 < words.length; i += 2) pairs.set(words[i]!, words[i + 1] === '' ? NaN : Number(words[i + 1]));
  const values = names.map((name) => [name, pairs.get(name)] as const);
  return values.every(([, value]) => Number.isFinite(value)) ? (Object.fromEntries(values) as Record<N, number>) : undefined;
}

/** Reads a whole console. Lines of other origin are ignored; a line cut short counts for nothing. */
export function parseHostileConsole(lines: readonly string[]): HostileConsole {
  const parameters: Record<string, string> = {};
  const tests: Record<string, Record<string, boolean>> = {};
  const shares: Record<string, Record<string, Share>> = {};
  const vmsLeft: number[] = [];
  const moduleEvents: string[] = [];
  const put = (phase: string, mode: string, part: Share): void => {
    const modes = (shares[phase] ??= {});
    modes[mode] = { ...modes[mode], ...part };
  };

  const said = hostSaid(lines);
  for (const { verb, rest, words } of said) {
    const [first = '', second = '', third = ''] = words;
    switch (verb) {
      case 'parameter':
        if (second !== '') parameters[first] = second;
        break;
      case 'test':
        if (second === 'ok' || second === 'failed') (tests[words.slice(2).join(' ')] ??= {})[first] = second === 'ok';
        break;
      case 'ran': {
        const values = numbers(words.slice(3), MEASURES);
        if (values !== undefined && (third === 'greedy' || third === 'honest')) put(first, second, { [third]: values });
        break;
      }
      case 'graces': {
        const graces = numbers(words.slice(2), ['count', 'longest_us']);
        if (graces !== undefined) put(first, second, { graces });
        break;
      }
      case 'vms':
        if (/^\d+$/.test(rest)) vmsLeft.push(Number(rest));
        break;
      case 'kvm':
        moduleEvents.push(rest);
        break;
    }
  }
  return { ...parseHost(said), parameters, tests, shares, vmsLeft, moduleEvents };
}
