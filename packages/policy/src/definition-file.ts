// SPDX-License-Identifier: MIT
/** Files whose default export is made by one function: policies by definePolicy(), experiments by defineExperiment(). */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fail, hasErrors, ok, type Diagnostic, type Result } from '@unspin/diagnostics';

/** A diagnostic that knows the value it is about, but not yet where the file says it. */
export interface ValueDiagnostic {
  readonly diagnostic: Diagnostic;
  readonly path: readonly (string | number)[];
  /** The offending key itself rather than its value. */
  readonly onKey: boolean;
}

/** Runs a definition file and returns its module; throws what the file throws. */
export type ImportModule = (path: string) => Promise<unknown>;

export interface DefinitionKind<T> {
  /** As printed: "policy". The folder is its plural, the file ends in `.<noun>.ts`. */
  readonly noun: 'policy' | 'experiment';
  readonly dir: string;
  readonly definer: string;
  readonly codes: 'POLICY' | 'EXPERIMENT';
  readonly inputOf: (exported: unknown) => { readonly input: unknown } | undefined;
  readonly parse: (input: unknown) => { readonly value?: T; readonly problems: readonly ValueDiagnostic[] };
  readonly nameOf: (value: T) => string;
}

export interface LoadedDefinition<T> {
  readonly value: T;
  /** Path as printed: relative to the project, with forward slashes. */
  readonly file: string;
}

export const importDirectly: ImportModule = (path) => import(pathToFileURL(path).href);

/** Definition files of a folder, sorted by name. */
export function findDefinitions(dir: string, noun: string): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .filter((name) => name.endsWith(`.${noun}.ts`))
    .sort()
    .map((name) => join(dir, name));
}

/**
 * Loads and checks one definition file. Effects: reads and runs the file.
 * Positions need a TypeScript parser, which is slow to load: it is only loaded when there is something to place.
 */
export async function loadDefinition<T>(kind: DefinitionKind<T>, path: string, projectRoot: string, importModule: ImportModule): Promise<Result<LoadedDefinition<T>>> {
  const { noun, codes, definer } = kind;
  const file = relative(projectRoot, path).replaceAll('\\', '/');
  if (!existsSync(path)) {
    const an = noun === 'experiment' ? 'an' : 'a';
    return fail([{ code: `${codes}_NOT_FOUND`, severity: 'error', message: `no ${noun} file ${file}`, help: `name ${an} ${noun} of ${kind.dir}/ or a path to a *.${noun}.ts` }]);
  }
  let exported: unknown;
  try {
    exported = ((await importModule(path)) as { default?: unknown }).default;
  } catch (error) {
    return fail(await diagnoseLoadFailure(codes, path, file, error));
  }
  const defined = kind.inputOf(exported);
  if (defined === undefined) {
    const at = { file, line: 1, column: 1 };
    return fail([{ code: `${codes}_NO_EXPORT`, severity: 'error', message: `${file} has no default export made by ${definer}()`, at, help: `export default ${definer}({ … })` }]);
  }
  const { value, problems } = kind.parse(defined.input);
  const diagnostics = await placed(kind, path, file, problems);
  if (value === undefined || hasErrors(diagnostics)) return fail(diagnostics);
  const expected = `${kind.nameOf(value)}.${noun}.ts`;
  if (basename(path) !== expected) {
    const message = `${noun} '${kind.nameOf(value)}' must live in a file named ${expected}`;
    return fail(await placed(kind, path, file, [{ diagnostic: { code: `${codes}_INVALID`, severity: 'error', message }, path: ['name'], onKey: false }]));
  }
  return ok({ value, file }, diagnostics);
}

async function placed<T>(kind: DefinitionKind<T>, path: string, file: string, problems: readonly ValueDiagnostic[]): Promise<Diagnostic[]> {
  if (problems.length === 0) return [];
  const { locateIn } = await import('./locate.ts');
  const text = readFileSync(path, 'utf8');
  return problems.map((p) => ({ ...p.diagnostic, at: { file, ...locateIn(text, kind.definer, p.path, p.onKey) } }));
}

async function diagnoseLoadFailure(codes: 'POLICY' | 'EXPERIMENT', path: string, file: string, error: unknown): Promise<Diagnostic[]> {
  const { syntaxErrors } = await import('./locate.ts');
  const syntax = syntaxErrors(readFileSync(path, 'utf8'));
  if (syntax.length > 0) {
    return syntax.map(({ message, line, column }) => ({ code: `${codes}_SYNTAX`, severity: 'error', message, at: { file, line, column } }));
  }
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const frame = stack.split('\n').find((line) => line.includes(basename(path)));
  const place = frame === undefined ? null : /:(\d+):(\d+)\)?$/.exec(frame);
  return [
    {
      code: `${codes}_THROWS`,
      severity: 'error',
      message: `loading ${file} threw: ${message.split('\n')[0] ?? ''}`,
      at: { file, line: Number(place?.[1] ?? 1), column: Number(place?.[2] ?? 1) },
    },
  ];
}
