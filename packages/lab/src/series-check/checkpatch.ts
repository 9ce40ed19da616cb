// SPDX-License-Identifier: MIT

export interface CheckpatchReport {
  /** e.g. "total: 0 errors, 0 warnings, 0 checks, 112 lines checked"; undefined where there are none, or where it did not get that far. */
  readonly summary: string | undefined;
  readonly complaints: readonly string[];
}

/** Reads the output of `checkpatch.pl --terse --show-types`. */
export function parseCheckpatch(lines: readonly string[], patch: string): CheckpatchReport {
  return {
    summary: lines.map((line) => /total: \d+ errors, \d+ warnings,(?: \d+ checks,)? \d+ lines checked/.exec(line)?.[0]).find((found) => found !== undefined),
    complaints: lines.filter((line) => /: (?:ERROR|WARNING|CHECK):/.test(line)).map((line) => line.replaceAll(`${patch}:`, 'line ')),
  };
}
