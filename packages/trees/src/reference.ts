// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fail, ok } from '@unspin/diagnostics';
import type { Diagnostic, Result } from '@unspin/diagnostics';
import type { TreeFacts } from './facts.ts';
import { nearestNames } from './nearest.ts';

/** A tree whose facts are checked in and whose sources a Debian archive carries. */
export interface ReferenceTree {
  readonly name: string;
  /** Debian package with its sources. */
  readonly package: string;
  /** Suites to try after the machine's own ones, in order; those of one group are asked together. */
  readonly suites: readonly (readonly string[])[];
}

export const REFERENCE_TREES: readonly ReferenceTree[] = [
  { name: '6.1', package: 'linux-source-6.1', suites: [['bookworm', 'bookworm-security']] },
  { name: '6.12', package: 'linux-source-6.12', suites: [['trixie', 'trixie-security'], ['bookworm', 'bookworm-security']] },
  { name: '7.2', package: 'linux-source-7.2', suites: [['trixie-backports'], ['testing'], ['unstable']] },
];

const FACTS_DIR = new URL('../facts/', import.meta.url);

/** The checked-in facts file of a reference tree. */
export const factsFile = (tree: string): string => fileURLToPath(new URL(`${tree}.json`, FACTS_DIR));

export function findReferenceTree(name: string): Result<ReferenceTree> {
  const tree = REFERENCE_TREES.find((candidate) => candidate.name === name);
  return tree === undefined ? fail([unknownTree(name)]) : ok(tree);
}

/** The recorded facts of a reference tree. Reads that one file and nothing else. */
export function loadFacts(name: string): Result<TreeFacts> {
  const tree = findReferenceTree(name);
  if (!tree.ok) return tree;
  try {
    return ok(JSON.parse(readFileSync(factsFile(name), 'utf8')) as TreeFacts);
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'are damaged' : 'cannot be read';
    const message = `the facts of tree ${name} ${reason}: ${(error as Error).message}`;
    return fail([{ code: 'TREE_FACTS_MISSING', severity: 'error', message, help: `unspin tree extract ${name} --from DIR` }]);
  }
}

function unknownTree(name: string): Diagnostic {
  const names = REFERENCE_TREES.map((tree) => tree.name);
  const [nearest] = nearestNames(name, names);
  return {
    code: 'TREE_UNKNOWN',
    severity: 'error',
    message: `no tree ${JSON.stringify(name)}; known are ${names.join(', ')}`,
    help: `did you mean ${nearest}? For any other kernel, name its source directory with --tree DIR`,
  };
}
