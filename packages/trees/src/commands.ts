// SPDX-License-Identifier: MIT

/** The verbs of `unspin tree`; the CLI prints what they return. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fail, ok } from '@unspin/diagnostics';
import type { Diagnostic, Result } from '@unspin/diagnostics';
import { cacheDir } from '@unspin/debian';
import type { DriftReport } from './check.ts';
import { extractFacts } from './extract.ts';
import { factsToJson } from './facts-json.ts';
import type { TreeFacts } from './facts.ts';
import { FEATURES } from './features.ts';
import type { FetchOptions, FetchedTree } from './fetch.ts';
import { treeReader } from './read-tree.ts';
import { REFERENCE_TREES, factsFile, findReferenceTree, loadFacts } from './reference.ts';
import { SITES } from './sites/index.ts';

export interface TreeListing {
  readonly tree: string;
  readonly package: string;
  /** Version the facts were extracted from; undefined where none are checked in. */
  readonly version: string | undefined;
  readonly siteCount: number;
  readonly features: readonly string[];
  /** Sources fetched before, if still there. */
  readonly fetched: FetchedTree | undefined;
}

export interface ExtractedTree {
  readonly facts: TreeFacts;
  readonly json: string;
  /** The checked-in facts file, where it was to be written. */
  readonly file: string | undefined;
  /** Whether that file read otherwise before. */
  readonly changed: boolean;
}

export async function listTrees(into: string = cacheDir()): Promise<Result<readonly TreeListing[]>> {
  const { fetchedBefore } = await import('./fetch.ts');
  const diagnostics: Diagnostic[] = [];
  const listings = REFERENCE_TREES.map((tree): TreeListing => {
    const facts = loadFacts(tree.name);
    if (!facts.ok) diagnostics.push(...facts.diagnostics.map((d) => ({ ...d, severity: 'warning' as const })));
    const value = facts.ok ? facts.value : undefined;
    const features = Object.entries(value?.features ?? {}).flatMap(([name, holds]) => (holds ? [name] : []));
    const fetched = fetchedBefore(tree, into);
    return {
      tree: tree.name,
      package: tree.package,
      version: value?.version,
      siteCount: Object.keys(value?.sites ?? {}).length,
      features,
      fetched: fetched.ok ? fetched.value : undefined,
    };
  });
  return ok(listings, diagnostics);
}

/**
 * Extracts facts from the kernel in `dir`. With `write`, `tree` must be a reference tree, whose checked-in facts are then
 * replaced; without, any kernel will do, and `tree` is its own version where left out.
 */
export function extractTree({ dir, tree, write = false }: { dir: string; tree?: string; write?: boolean }): Result<ExtractedTree> {
  const known = write ? findReferenceTree(tree ?? '') : undefined;
  if (known?.ok === false) return known;
  const facts = extractFacts({ ...(tree !== undefined && { tree }), root: dir, read: treeReader(dir), sites: SITES, features: FEATURES });
  if (!facts.ok) return facts;
  const json = factsToJson(facts.value);
  if (!write) return ok({ facts: facts.value, json, file: undefined, changed: false }, facts.diagnostics);
  const mismatch = versionMismatch(facts.value.tree, facts.value.version, dir);
  if (mismatch !== undefined) return fail([mismatch]);
  const file = factsFile(facts.value.tree);
  const changed = readIfThere(file) !== json;
  if (changed) replaceFile(file, json);
  return ok({ facts: facts.value, json, file, changed }, facts.diagnostics);
}

/** Says where the kernel in `dir` differs from the recorded facts of `tree`; see `checkFacts`. */
export async function checkTree({ dir, tree }: { dir: string; tree: string }): Promise<Result<DriftReport>> {
  const { checkFacts } = await import('./check.ts');
  const recorded = loadFacts(tree);
  if (!recorded.ok) return recorded;
  const report = checkFacts(recorded.value, { root: dir, read: treeReader(dir), sites: SITES, features: FEATURES });
  if (!report.ok) return report;
  const mismatch = versionMismatch(tree, report.value.version, dir);
  return mismatch === undefined ? report : fail([mismatch]);
}

/** Gets the sources of a reference tree; see `fetch.ts`, loaded only here as it drags in the process runner. */
export async function fetchTree(options: FetchOptions): Promise<Result<FetchedTree>> {
  const fetch = await import('./fetch.ts');
  return fetch.fetchTree(options);
}

/** Guards against recording one kernel under another's name. */
function versionMismatch(tree: string, version: string, dir: string): Diagnostic | undefined {
  if (version === tree || (version.startsWith(tree) && /^[-.]/.test(version.slice(tree.length)))) return undefined;
  return { code: 'USAGE', severity: 'error', message: `${dir} holds Linux ${version}, which is no ${tree}` };
}

function replaceFile(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
