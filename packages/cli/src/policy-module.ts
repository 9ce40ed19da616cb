// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { fileURLToPath } from 'node:url';
import { dirname, join, resolve } from 'node:path';
import type { BuildFailure } from 'esbuild';
import { evaluate, keep, URL_HEAD } from './module-cache.ts';

const AUTHORING_DIR = fileURLToPath(new URL('../../policy/src/', import.meta.url));
const AUTHORING = ['authoring.ts', 'define-policy.ts', 'units.ts'].map((name) => join(AUTHORING_DIR, name));
/** Experiments are few and rarely loaded: theirs are compiled each time. */
const EXPERIMENT_AUTHORING = fileURLToPath(new URL('../../experiment/src/authoring.ts', import.meta.url));
const CACHE = fileURLToPath(new URL('../../../node_modules/.cache/unspin-policies/', import.meta.url));

/**
 * Runs a policy or experiment file wherever it lies: compiles it with all it imports into one module and imports that.
 * What it throws carries the place in the policy file. A file that imports nothing but the policy language
 * is compiled once: starting the compiler costs more than all else.
 */
export async function importPolicyModule(path: string): Promise<unknown> {
  const cached = cachePath(path);
  if (existsSync(cached)) {
    try {
      return await evaluate(readFileSync(cached, 'utf8'));
    } catch {
      // Compiled again below, to tell where it throws.
    }
  }
  const { code, map, alone } = await compileModule(path);
  try {
    const module = await evaluate(code);
    if (alone) keep(cached, code);
    return module;
  } catch (error) {
    throw withPlace(error, map, path);
  }
}

interface Compiled {
  readonly code: string;
  readonly map: string;
  /** Whether it takes in no file but the policy language's own. */
  readonly alone: boolean;
}

async function compileModule(path: string): Promise<Compiled> {
  const { build } = await import('esbuild');
  const built = await build({
    entryPoints: [path],
    absWorkingDir: dirname(path),
    alias: { '@unspin/policy': AUTHORING[0] ?? '', '@unspin/experiment': EXPERIMENT_AUTHORING },
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'external',
    outdir: 'out',
    logLevel: 'silent',
    tsconfigRaw: {},
  }).catch((failure: BuildFailure) => {
    throw compileError(failure, path);
  });
  const text = (end: string): string => built.outputFiles.find((f) => f.path.endsWith(end))?.text ?? '';
  const inputs = Object.keys(built.metafile.inputs).map((input) => resolve(dirname(path), input));
  return { code: text('.js'), map: text('.map'), alone: inputs.every((input) => input === path || AUTHORING.includes(input)) };
}

function cachePath(path: string): string {
  const hash = createHash('sha256');
  for (const file of [path, ...AUTHORING]) hash.update(readFileSync(file)).update('\0');
  return join(CACHE, `${hash.digest('hex').slice(0, 32)}.mjs`);
}

function compileError(failure: BuildFailure, path: string): Error {
  const [first] = failure.errors;
  const error = new Error(first?.text ?? failure.message);
  const place = first?.location;
  if (place !== null && place !== undefined) error.stack = `${error.message}\n    at ${path}:${place.line}:${place.column + 1}`;
  return error;
}

/** The same error, its stack reduced to the line of the policy file that threw. */
function withPlace(error: unknown, map: string, path: string): unknown {
  if (!(error instanceof Error)) return error;
  const frame = (error.stack ?? '').split('\n').find((line) => line.includes(URL_HEAD));
  const place = /:(\d+):(\d+)\)?$/.exec(frame ?? '');
  if (place === null) return error;
  const origin = new SourceMap(JSON.parse(map) as SourceMapPayload).findEntry(Number(place[1]) - 1, Number(place[2]) - 1);
  if (!('originalLine' in origin)) return error;
  error.stack = `${error.message}\n    at ${path}:${origin.originalLine + 1}:${origin.originalColumn + 1}`;
  return error;
}
