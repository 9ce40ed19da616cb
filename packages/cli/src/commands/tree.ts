// SPDX-License-Identifier: MIT
import { checkTree, extractTree, fetchTree, listTrees, REFERENCE_TREES, type FetchedTree } from '@unspin/trees';
import type { Diagnostic } from '@unspin/diagnostics';
import { userPath, type Context } from '../context.ts';
import { writableCache } from '../kernel.ts';
import type { Outcome } from '../output.ts';

export interface FetchOptions {
  readonly offline?: boolean;
}

export interface ExtractOptions {
  readonly from: string;
  readonly write?: boolean;
}

export interface CheckOptions {
  readonly from?: string;
}

export async function runList(): Promise<Outcome> {
  const result = await listTrees();
  if (!result.ok) return result;
  const rows = result.value.map((t) => `${t.tree.padEnd(6)} ${(t.version ?? 'no facts').padEnd(10)} ${String(t.siteCount).padStart(3)} sites  ${t.package}  ${t.fetched?.dir ?? 'not fetched'}\n`);
  return { diagnostics: result.diagnostics, data: { trees: result.value }, text: rows.join('') };
}

export async function runFetch(context: Context, names: readonly string[], { offline = false }: FetchOptions): Promise<Outcome> {
  const cache = writableCache(context);
  if (!cache.ok) return cache;
  const fetched: FetchedTree[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const tree of names.length > 0 ? names : REFERENCE_TREES.map((t) => t.name)) {
    const onProgress = ({ phase, message }: { phase: string; message: string }): void => context.stderr(`${tree}: ${phase} ${message}\n`);
    const result = await fetchTree({ tree, offline, signal: context.signal, onProgress });
    diagnostics.push(...result.diagnostics);
    if (result.ok) fetched.push(result.value);
  }
  return { diagnostics, data: { trees: fetched }, text: fetched.map((t) => `${t.tree} ${t.packageVersion} ${t.dir}\n`).join('') };
}

export function runExtract(context: Context, tree: string | undefined, { from, write = false }: ExtractOptions): Outcome {
  const result = extractTree({ dir: userPath(context, from), write, ...(tree === undefined ? {} : { tree }) });
  if (!result.ok) return result;
  const { facts, json, file, changed } = result.value;
  const text = file === undefined ? json : `${changed ? 'written' : 'unchanged'}: facts of ${facts.tree} (${facts.version}), ${Object.keys(facts.sites).length} sites\n`;
  return { diagnostics: result.diagnostics, data: { facts, changed }, text };
}

export async function runCheck(context: Context, tree: string, { from }: CheckOptions): Promise<Outcome> {
  const source = from === undefined ? await fetchTree({ tree, offline: true }) : undefined;
  if (source?.ok === false) return source;
  const result = await checkTree({ tree, dir: source === undefined ? userPath(context, from ?? '') : source.value.dir });
  if (!result.ok) return result;
  const { recordedVersion, version, entries } = result.value;
  const text = `${tree}: recorded ${recordedVersion}, at hand ${version}: ${entries.length === 0 ? 'no differences' : `${entries.length} differences`}\n`;
  return { diagnostics: result.diagnostics, data: { report: result.value }, text };
}
