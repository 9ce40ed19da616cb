// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import { ok, type Result } from '@unspin/diagnostics';
import { findDefinitions, importDirectly, loadDefinition, type DefinitionKind, type ImportModule } from './definition-file.ts';
import { isDefinedPolicy } from './define-policy.ts';
import { parsePolicy } from './parse.ts';
import type { Policy } from './schema.ts';

/** Where to find the place of a value in the policy's file, for diagnostics of later stages. */
export interface LoadedPolicy {
  readonly policy: Policy;
  /** Path as printed and written into generated headers: relative to the project, with forward slashes. */
  readonly file: string;
  /** Absolute path. */
  readonly source: string;
}

/** Policy files of a folder, sorted by name. */
export const findPolicies = (dir: string): string[] => findDefinitions(dir, 'policy');

/** Runs a policy file and returns its module; throws what the file throws. */
export type ImportPolicy = ImportModule;

const POLICY: DefinitionKind<Policy> = {
  noun: 'policy',
  dir: 'policies',
  definer: 'definePolicy',
  codes: 'POLICY',
  inputOf: (exported) => (isDefinedPolicy(exported) ? exported : undefined),
  parse: (input) => {
    const { policy, problems } = parsePolicy(input);
    return policy === undefined ? { problems } : { value: policy, problems };
  },
  nameOf: (policy) => policy.name,
};

/** Loads and checks one policy file. Effects: reads and runs the file. */
export async function loadPolicy(path: string, projectRoot: string, importPolicy: ImportPolicy = importDirectly): Promise<Result<LoadedPolicy>> {
  const loaded = await loadDefinition(POLICY, path, projectRoot, importPolicy);
  return loaded.ok ? ok({ policy: loaded.value.value, file: loaded.value.file, source: path }, loaded.diagnostics) : loaded;
}

/** The place of a value of a loaded policy. */
export async function locatePolicyValue(loaded: { readonly file: string; readonly source: string }, path: readonly (string | number)[], onKey = false) {
  const { locateInPolicy } = await import('./locate.ts');
  return { file: loaded.file, ...locateInPolicy(readFileSync(loaded.source, 'utf8'), path, onKey) };
}
