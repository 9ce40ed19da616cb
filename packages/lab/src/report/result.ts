// SPDX-License-Identifier: MIT

export type Outcome = { readonly kind: 'ok' } | { readonly kind: 'failed' } | { readonly kind: 'skipped'; readonly reason: string };

/** One thing that was tried. */
export interface Case {
  readonly name: string;
  readonly outcome: Outcome;
  /** One line: what was seen. '' where the name says it all. */
  readonly detail: string;
  readonly durationMs: number;
  /** What the program said, for a failure. */
  readonly output?: readonly string[];
}

export interface Suite {
  readonly name: string;
  /** Provenance, in the order it is printed. */
  readonly properties: Readonly<Record<string, string>>;
  readonly cases: readonly Case[];
}

export interface Report {
  readonly name: string;
  readonly suites: readonly Suite[];
}

export interface Totals {
  readonly ok: number;
  readonly failed: number;
  readonly skipped: number;
}

/** What a suite's results stand on. */
export interface Provenance {
  readonly tree: string;
  readonly version: string;
  readonly patches: readonly { readonly name: string; readonly sha256: string }[];
  /** Lab-only patches in the kernel, by name: no report may leave them out. */
  readonly labPatches: readonly string[];
  readonly configHash?: string;
  readonly gcc?: string;
  readonly qemu?: string;
  readonly accel?: { readonly kind: string; readonly reason: string };
  readonly clock?: string;
}

const HASH_DIGITS = 12;

export function provenanceProperties(from: Provenance): Readonly<Record<string, string>> {
  return {
    tree: from.tree,
    version: from.version,
    ...Object.fromEntries(from.patches.map((patch) => [`patch ${patch.name}`, `sha256:${patch.sha256.slice(0, HASH_DIGITS)}`])),
    'lab-only patches': from.labPatches.length === 0 ? 'none' : from.labPatches.join(', '),
    ...(from.configHash === undefined ? {} : { config: `sha256:${from.configHash.slice(0, HASH_DIGITS)}` }),
    ...(from.gcc === undefined ? {} : { gcc: from.gcc }),
    ...(from.qemu === undefined ? {} : { qemu: from.qemu }),
    ...(from.clock === undefined ? {} : { clock: from.clock }),
    ...(from.accel === undefined ? {} : { accelerator: `${from.accel.kind} (${from.accel.reason})` }),
  };
}

export const totals = (cases: readonly Case[]): Totals => ({
  ok: cases.filter((c) => c.outcome.kind === 'ok').length,
  failed: cases.filter((c) => c.outcome.kind === 'failed').length,
  skipped: cases.filter((c) => c.outcome.kind === 'skipped').length,
});

export const passed = (report: Report): boolean => report.suites.every((suite) => suite.cases.every((c) => c.outcome.kind !== 'failed'));
