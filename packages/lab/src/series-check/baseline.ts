// SPDX-License-Identifier: MIT
/** What the unpatched tree has to say. Asked once for each target: every series of a tree is held against the same base. */
import type { Workdir } from '../workdir.ts';
import { compile, forgetObjects, readWithSparse, type SparseResult, type Strict, type StrictResult } from './strict.ts';
import { readMore, type Warning } from './warnings.ts';

interface Known {
  readonly targets: Set<string>;
  /** Of these, what the configuration leaves out. */
  readonly left: Set<string>;
  compiled: readonly Warning[];
  /** Patterns of files that sparse has read. */
  readonly patterns: Set<string>;
  read: readonly Warning[];
}

const baselines = new WeakMap<Workdir, Known>();

function knownOf(workdir: Workdir): Known {
  const known = baselines.get(workdir) ?? { targets: new Set(), left: new Set(), compiled: [], patterns: new Set(), read: [] };
  baselines.set(workdir, known);
  return known;
}

/** Warnings of the compiler for these targets and for those asked about before. The checkout must be at the base. */
export async function baseWarnings(strict: Strict, targets: readonly string[]): Promise<StrictResult> {
  const known = knownOf(strict.workdir);
  const unknown = targets.filter((t) => !known.targets.has(t));
  if (unknown.length > 0) {
    await forgetObjects(strict, unknown);
    const built = await compile(strict, unknown, { kind: 'absent' });
    if ('problem' in built) return built;
    known.compiled = readMore(known.compiled, built.warnings);
    for (const target of unknown) known.targets.add(target);
    for (const target of built.left) known.left.add(target);
  }
  return { warnings: known.compiled, left: targets.filter((t) => known.left.has(t)) };
}

/** Warnings of sparse for files that match and for those asked about before. The checkout must be at the base. */
export async function baseSparse(strict: Strict, targets: readonly string[], patterns: readonly string[]): Promise<SparseResult> {
  const known = knownOf(strict.workdir);
  const unread = patterns.filter((p) => !known.patterns.has(p));
  if (unread.length > 0) {
    // Objects left by another series would be built, and warned of, while sparse reads.
    const built = await compile(strict, targets, { kind: 'absent' });
    if ('problem' in built) return built;
    const seen = await readWithSparse(strict, targets, unread);
    if (!('warnings' in seen)) return seen;
    known.read = readMore(known.read, seen.warnings);
    for (const pattern of unread) known.patterns.add(pattern);
  }
  return { warnings: known.read, left: [] };
}
