// SPDX-License-Identifier: MIT
import { hasErrors } from '@unspin/diagnostics';
import type { ValueDiagnostic } from '@unspin/policy/definition-file';
import type * as z from 'zod';
import { checkExperiment, problem } from './check.ts';
import { experimentSchema, type Experiment } from './description.ts';

/** Checks an experiment's values. Returns all errors at once; warnings come with the experiment. */
export function parseExperiment(input: unknown): { readonly experiment?: Experiment; readonly problems: readonly ValueDiagnostic[] } {
  const parsed = experimentSchema.safeParse(input);
  if (!parsed.success) return { problems: parsed.error.issues.flatMap(fromIssue) };
  const problems = checkExperiment(parsed.data);
  return hasErrors(problems.map((p) => p.diagnostic)) ? { problems } : { experiment: parsed.data, problems };
}

function fromIssue(issue: z.core.$ZodIssue): ValueDiagnostic[] {
  const path = issue.path.map((p) => (typeof p === 'number' ? p : String(p)));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => problem([...path, key], `unknown key '${key}'`, { code: 'EXPERIMENT_UNKNOWN_KEY', onKey: true, help: 'docs/experiments.md says what an experiment can hold' }));
  }
  if (issue.code === 'invalid_key') {
    const [why] = issue.issues;
    return [problem(path, `'${String(path.at(-1))}' cannot be a name here: ${why?.message ?? issue.message}`, { onKey: true })];
  }
  return [problem(path, issue.message.charAt(0).toLowerCase() + issue.message.slice(1))];
}
