// SPDX-License-Identifier: MIT
import type { Diagnostic, DiagnosticCode } from '@unspin/diagnostics';

/**
 * A diagnostic on its way out of the pure core. `path` names the policy value it is about; the edge turns it
 * into a line and column of the policy file. Diagnostics about a tree carry their place themselves.
 */
export interface Problem {
  readonly diagnostic: Diagnostic;
  readonly path?: readonly (string | number)[];
  readonly onKey?: boolean;
}

export function policyProblem(code: DiagnosticCode, path: readonly (string | number)[], message: string, help: string): Problem {
  return { path, onKey: true, diagnostic: { code, severity: 'error', message, help } };
}
