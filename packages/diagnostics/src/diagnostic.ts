// SPDX-License-Identifier: MIT
import type { DiagnosticCode } from './codes.ts';

export type Severity = 'error' | 'warning';

/** A place in a file the user can open. Lines and columns count from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Where in the value tree, e.g. `debooster.maxPenaltyNs`. */
  readonly path?: string;
}

/** An expected failure. Returned, never thrown; an exception is a bug in unspin. */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  readonly message: string;
  readonly at?: Position;
  /** What to do about it, as one sentence or command. */
  readonly help?: string;
}

/** The outcome of a stage: a value (perhaps with warnings), or all errors of that stage at once. */
export type Result<T> =
  | { readonly ok: true; readonly value: T; readonly diagnostics: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

export const ok = <T>(value: T, diagnostics: readonly Diagnostic[] = []): Result<T> => ({ ok: true, value, diagnostics });

export const fail = (diagnostics: readonly Diagnostic[]): { readonly ok: false; readonly diagnostics: readonly Diagnostic[] } => ({ ok: false, diagnostics });

export const hasErrors = (diagnostics: readonly Diagnostic[]): boolean => diagnostics.some((d) => d.severity === 'error');
