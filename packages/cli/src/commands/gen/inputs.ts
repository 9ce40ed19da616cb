// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { fail, ok, type Diagnostic, type Result } from '@unspin/diagnostics';
import { findPolicies, loadPolicy, type LoadedPolicy } from '@unspin/policy';
import { userPath, type Context } from '../../context.ts';
import { importPolicyModule } from '../../policy-module.ts';

/** Loads the named policies, or all of policies/; the errors of all of them at once. */
export async function loadPolicies(context: Context, names: readonly string[]): Promise<Result<readonly LoadedPolicy[]>> {
  const dir = join(context.root, 'policies');
  const paths = names.length === 0 ? findPolicies(dir) : names.map((name) => policyPath(context, dir, name));
  if (paths.length === 0) {
    return fail([{ code: 'POLICY_NOT_FOUND', severity: 'error', message: 'policies/ holds no *.policy.ts', help: 'write one; docs/policy-reference.md lists what it can say' }]);
  }
  const loaded = await Promise.all([...new Set(paths)].map((path) => loadPolicy(path, context.root, importPolicyModule)));
  const diagnostics: Diagnostic[] = loaded.flatMap((r) => r.diagnostics);
  const policies = loaded.flatMap((r) => (r.ok ? [r.value] : []));
  return policies.length === loaded.length ? ok(policies, diagnostics) : fail(diagnostics);
}

const isPath = (name: string): boolean => name.includes('/') || name.endsWith('.ts');

const policyPath = (context: Context, dir: string, name: string): string => (isPath(name) ? userPath(context, name) : join(dir, `${name}.policy.ts`));
