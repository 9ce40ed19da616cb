// SPDX-License-Identifier: MIT
import { fail, hasErrors, ok, type DiagnosticCode, type Result } from '@unspin/diagnostics';
import type * as z from 'zod';
import type { ValueDiagnostic } from './definition-file.ts';
import { PLANNED_SECTIONS, policySchema, type Policy } from './schema.ts';

/** Checks a policy's values. Returns all errors at once. */
export function parsePolicy(input: unknown): { readonly policy?: Policy; readonly problems: readonly ValueDiagnostic[] } {
  const planned = plannedSections(input);
  const parsed = policySchema.safeParse(without(input, planned.map((p) => String(p.path[0]))));
  if (parsed.success) return planned.length === 0 ? { policy: parsed.data, problems: [] } : { problems: planned };
  return { problems: [...planned, ...parsed.error.issues.flatMap(fromIssue)] };
}

function plannedSections(input: unknown): ValueDiagnostic[] {
  if (typeof input !== 'object' || input === null) return [];
  return Object.entries(PLANNED_SECTIONS)
    .filter(([section]) => section in input)
    .map(([section, what]) =>
      problem('POLICY_NOT_IMPLEMENTED', [section], true, `section '${section}' is reserved for ${what}, which this version cannot generate`, 'remove the section'),
    );
}

function without(input: unknown, keys: readonly string[]): unknown {
  if (typeof input !== 'object' || input === null || keys.length === 0) return input;
  return Object.fromEntries(Object.entries(input).filter(([key]) => !keys.includes(key)));
}

function fromIssue(issue: z.core.$ZodIssue): ValueDiagnostic[] {
  const path = issue.path.map((p) => (typeof p === 'number' ? p : String(p)));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => problem('POLICY_UNKNOWN_KEY', [...path, key], true, `unknown key '${key}'`, 'docs/policy-reference.md lists every key'));
  }
  if (issue.code === 'custom') {
    const kind: unknown = issue.params?.['kind'];
    return [problem(kind === 'wrong-unit' ? 'POLICY_WRONG_UNIT' : 'POLICY_OUT_OF_RANGE', path, false, issue.message)];
  }
  return [problem('POLICY_INVALID', path, false, issue.message.charAt(0).toLowerCase() + issue.message.slice(1))];
}

function problem(code: DiagnosticCode, path: readonly (string | number)[], onKey: boolean, message: string, help?: string): ValueDiagnostic {
  return { path, onKey, diagnostic: { code, severity: 'error', message, ...(help === undefined ? {} : { help }) } };
}

/** For callers without a file: the same as a Result, positions left out. */
export function parsePolicyValue(input: unknown): Result<Policy> {
  const { policy, problems } = parsePolicy(input);
  const diagnostics = problems.map((p) => p.diagnostic);
  return policy !== undefined && !hasErrors(diagnostics) ? ok(policy) : fail(diagnostics);
}
