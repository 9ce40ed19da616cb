// SPDX-License-Identifier: MIT
export * from './facts.ts';
export { SITES } from './sites/index.ts';
export { FEATURES } from './features.ts';
export { extractFacts, pathsToRead } from './extract.ts';
export type { ExtractInput } from './extract.ts';
export { isHeading } from './windows.ts';
export type { ReadTreeFile } from './source-set.ts';
export { treeReader } from './read-tree.ts';
export { factsToJson } from './facts-json.ts';
export { REFERENCE_TREES, factsFile, findReferenceTree, loadFacts } from './reference.ts';
export type { ReferenceTree } from './reference.ts';
export { cacheDir } from '@unspin/debian';
export { checkTree, extractTree, fetchTree, listTrees } from './commands.ts';
export type { ExtractedTree, TreeListing } from './commands.ts';
export type { DriftEntry, DriftReport } from './check.ts';
export { SOURCES_BYTES } from './fetch.ts';
export type { FetchOptions, FetchProgress, FetchedTree } from './fetch.ts';
