// SPDX-License-Identifier: MIT
/** What inits of hosts say in lines that begin with "unspin: ", whatever they were booted for. */

/** One such line: its first word, what follows, and that as words. */
export interface Said {
  readonly verb: string;
  readonly rest: string;
  readonly words: readonly string[];
}

export interface HostConsole {
  /** `uname -r`, or ''. */
  readonly kernel: string;
  /** `pass` or `fail` as the host's init printed it; undefined where it never came to that. */
  readonly verdict: 'pass' | 'fail' | undefined;
  readonly failures: readonly string[];
  readonly labPatches: readonly string[];
}

const LAB_PATCH_NAMES: Readonly<Record<string, string>> = {
  injection: 'immediate VMEXIT after each event injection (cure of a fault of TCG)',
  'pause-filter': 'software PAUSE filter',
};

/** The host's own lines, in order. Those of guests have a prefix and are left out, as is everything else. */
export function hostSaid(lines: readonly string[]): readonly Said[] {
  return lines.flatMap((line) => {
    const said = /^unspin: (\w+) ?(.*)$/.exec(line.trim());
    if (said === null) return [];
    const [, verb = '', rest = ''] = said;
    return [{ verb, rest, words: rest.split(' ') }];
  });
}

export function parseHost(said: readonly Said[]): HostConsole {
  const of = (verb: string): readonly Said[] => said.filter((line) => line.verb === verb);
  const verdict = of('verdict').at(-1)?.rest;
  return {
    kernel: of('host').at(-1)?.words[1] ?? '',
    verdict: verdict === undefined ? undefined : verdict === 'pass' ? 'pass' : 'fail',
    failures: of('failed').map(({ rest }) => rest),
    labPatches: of('lab').map(({ words: [name = '', ...more] }) => [LAB_PATCH_NAMES[name] ?? name, ...(more.length > 0 ? [more.join(' ')] : [])].join(', ')),
  };
}
