// SPDX-License-Identifier: MIT
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fail, ok, type Diagnostic, type Result } from '@unspin/diagnostics';
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
export function findPolicies(dir: string): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .filter((name) => name.endsWith('.policy.ts'))
    .sort()
    .map((name) => join(dir, name));
}

/** Runs a policy file and returns its module; throws what the file throws. */
export type ImportPolicy = (path: string) => Promise<unknown>;

const importDirectly: ImportPolicy = (path) => import(pathToFileURL(path).href);

/**
 * Loads and checks one policy file. Effects: reads and runs the file.
 * Positions need a TypeScript parser, which is slow to load: it is only loaded when there is an error to place.
 */
export async function loadPolicy(path: string, projectRoot: string, importPolicy = importDirectly): Promise<Result<LoadedPolicy>> {
  const file = relative(projectRoot, path).replaceAll('\\', '/');
  if (!existsSync(path)) {
    return fail([{ code: 'POLICY_NOT_FOUND', severity: 'error', message: `no policy file ${file}`, help: 'name a policy of policies/ or a path to a *.policy.ts' }]);
  }
  let exported: unknown;
  try {
    exported = ((await importPolicy(path)) as { default?: unknown }).default;
  } catch (error) {
    return fail(await diagnoseLoadFailure(path, file, error));
  }
  if (!isDefinedPolicy(exported)) {
    return fail([
      { code: 'POLICY_NO_EXPORT', severity: 'error', message: `${file} has no default export made by definePolicy()`, at: { file, line: 1, column: 1 }, help: 'export default definePolicy({ … })' },
    ]);
  }
  const { policy, problems } = parsePolicy(exported.input);
  if (policy === undefined || problems.length > 0) {
    const { locateInPolicy } = await import('./locate.ts');
    const text = readFileSync(path, 'utf8');
    return fail(problems.map((p) => ({ ...p.diagnostic, at: { file, ...locateInPolicy(text, p.path, p.onKey) } })));
  }
  const expected = `${policy.name}.policy.ts`;
  if (basename(path) !== expected) {
    const { locateInPolicy } = await import('./locate.ts');
    const at = { file, ...locateInPolicy(readFileSync(path, 'utf8'), ['name'], false) };
    return fail([{ code: 'POLICY_INVALID', severity: 'error', message: `policy '${policy.name}' must live in a file named ${expected}`, at }]);
  }
  return ok({ policy, file, source: path });
}

/** The place of a value of a loaded policy. */
export async function locatePolicyValue(loaded: { readonly file: string; readonly source: string }, path: readonly (string | number)[], onKey = false) {
  const { locateInPolicy } = await import('./locate.ts');
  return { file: loaded.file, ...locateInPolicy(readFileSync(loaded.source, 'utf8'), path, onKey) };
}

async function diagnoseLoadFailure(path: string, file: string, error: unknown): Promise<Diagnostic[]> {
  const { syntaxErrors } = await import('./locate.ts');
  const syntax = syntaxErrors(readFileSync(path, 'utf8'));
  if (syntax.length > 0) {
    return syntax.map(({ message, line, column }) => ({ code: 'POLICY_SYNTAX', severity: 'error', message, at: { file, line, column } }));
  }
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const frame = stack.split('\n').find((line) => line.includes(basename(path)));
  const place = frame === undefined ? null : /:(\d+):(\d+)\)?$/.exec(frame);
  return [
    {
      code: 'POLICY_THROWS',
      severity: 'error',
      message: `loading ${file} threw: ${message.split('\n')[0] ?? ''}`,
      at: { file, line: Number(place?.[1] ?? 1), column: Number(place?.[2] ?? 1) },
    },
  ];
}
