// SPDX-License-Identifier: MIT
/** What the unpatched tree has to say. Asked once for each target: every series of a tree is held against the same base. */
import type { TouchedFile } from '../series.ts';
import type { Workdir } from '../workdir.ts';
import { compile, forgetObjects, readWithSparse, type SparseResult, type Strict, type StrictResult } from './strict.ts';
import type { Warning } from './warnings.ts';

interface Known {
  readonly compiled: Map<string, readonly Warning[]>;
  /** Patterns of files that sparse has read. */
  readonly patterns: Set<string>;
  /** By file, so that one read twice counts once. */
  readonly read: Map<string, readonly Warning[]>;
}

const baselines = new WeakMap<Workdir, Known>();

function knownOf(workdir: Workdir): Known {
  const known = baselines.get(workdir) ?? { compiled: new Map(), patterns: new Set(), read: new Map() };
  baselines.set(workdir, known);
  return known;
}

/** Warnings of the compiler. The checkout must be at the base. */
export async function baseWarnings(strict: Strict, targets: readonly string[]): Promise<StrictResult> {
  const { compiled } = knownOf(strict.workdir);
  for (const target of targets.filter((t) => !compiled.has(t))) {
    await forgetObjects(strict, [target]);
    const built = await compile(strict, [target], { kind: 'absent' });
    if ('problem' in built) return built;
    compiled.set(target, built.warnings);
  }
  return { warnings: targets.flatMap((t) => compiled.get(t) ?? []) };
}

/** Warnings of sparse for files that match and for those asked about before. The checkout must be at the base. */
export async function baseSparse(strict: Strict, targets: readonly string[], patterns: readonly string[], touched: readonly TouchedFile[]): Promise<SparseResult> {
  const known = knownOf(strict.workdir);
  const unread = patterns.filter((p) => !known.patterns.has(p));
  if (unread.length > 0) {
    // Objects left by another series would be built, and warned of, while sparse reads.
    const built = await compile(strict, targets, { kind: 'absent' }, touched);
    if ('problem' in built) return built;
    const seen = await readWithSparse(strict, targets, unread);
    if (!('warnings' in seen)) return seen;
    for (const file of new Set(seen.warnings.map((w) => w.file))) known.read.set(file, seen.warnings.filter((w) => w.file === file));
    for (const pattern of unread) known.patterns.add(pattern);
  }
  return { warnings: [...known.read.values()].flat() };
}
