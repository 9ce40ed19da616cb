// SPDX-License-Identifier: MIT

/** A compiler's or sparse's complaint, freed of what changes when lines move. */
export interface Warning {
  readonly file: string;
  readonly text: string;
  /** As it was printed, paths relative to the tree. */
  readonly line: string;
}

const WARNING = /^(\S+?\.[chS]):\d+(?::\d+)?: (?:sparse: )?((?:fatal )?(?:warning|error): .+)$/;

/** Reads the warnings out of make's output. `src` is the source folder, taken off the paths. */
export function parseWarnings(lines: readonly string[], src: string): readonly Warning[] {
  return lines.flatMap((raw): Warning[] => {
    const line = raw.replaceAll(`${src}/`, '').replace(/^(?:\.\.\/|\.\/)+/, '').replace(/\u001b\[[\d;]*[mK]/g, '').trim();
    const [, file, text] = WARNING.exec(line) ?? [];
    if (file === undefined || text === undefined) return [];
    // "at line N", "line:column" and anonymous type numbers move with the code.
    return [{ file, text: text.replace(/\b(?:line |:)\d+(?::\d+)?/g, '').replace(/0x[\da-f]{6,}/g, '0x…'), line }];
  });
}

/**
 * Warnings of a tree of which more was read. A source that was read once more, with its folder, says the same once more and counts
 * once; a header says what its readers make it say, and other readers say something else.
 */
export function readMore(known: readonly Warning[], seen: readonly Warning[]): readonly Warning[] {
  const again = new Set(seen.map((w) => w.file));
  return [...known.filter((w) => w.file.endsWith('.h') || !again.has(w.file)), ...seen];
}

/** Warnings of `patched` that `base` has not, or has fewer of. A header's count once: how often it is read proves nothing. */
export function newWarnings(base: readonly Warning[], patched: readonly Warning[]): readonly Warning[] {
  const budget = new Map<string, number>();
  const key = (w: Warning): string => `${w.file}: ${w.text}`;
  for (const w of base) budget.set(key(w), (budget.get(key(w)) ?? 0) + 1);
  const seen = new Set<string>();
  return patched.filter((w) => {
    const left = budget.get(key(w)) ?? 0;
    if (w.file.endsWith('.h')) {
      if (left > 0 || seen.has(key(w))) return false;
      seen.add(key(w));
      return true;
    }
    budget.set(key(w), left - 1);
    return left <= 0;
  });
}
