// SPDX-License-Identifier: MIT

/**
 * What the compiler must know of one kernel tree. Extracted from sources by `unspin tree extract`,
 * checked in under `packages/trees/facts/<tree>.json`, and small: excerpts around the sites, nothing else.
 */
export interface TreeFacts {
  /** Name users write in a policy: "6.1", "6.12", "7.2", or the directory's own version with `--tree DIR`. */
  readonly tree: string;
  /** Full version from the top Makefile, e.g. "6.12.117". */
  readonly version: string;
  /** Named features probed from the sources, never version comparisons. */
  readonly features: Readonly<Record<string, boolean>>;
  /** Excerpts, by path. */
  readonly files: Readonly<Record<string, FileFacts>>;
  /** Where each site is. A site whose feature gate the tree fails is absent. */
  readonly sites: Readonly<Record<string, SiteFacts>>;
}

export interface FileFacts {
  /** Lines in the whole file. */
  readonly lineCount: number;
  /** Sorted by `start`, never touching or overlapping. Each reaches 4 lines past its sites or to the file's end. */
  readonly windows: readonly Window[];
}

export interface Window {
  /** 1-based line number of `lines[0]`. */
  readonly start: number;
  /** The nearest line above `start` that git would print after `@@`, or ''. */
  readonly heading: string;
  /** Text without line ends. */
  readonly lines: readonly string[];
}

export interface SiteFacts {
  readonly file: string;
  /** The function the anchor was found in; null where the whole file was searched. */
  readonly function: string | null;
  /** 1-based line of the anchor's first line. */
  readonly line: number;
  /** Number of lines of the anchor. */
  readonly length: number;
  /** Which of the site's spellings matched: templates and lowering may branch on it. */
  readonly variant: string;
  /** sha256 (first 16 hex digits) of the anchor with three lines of context either side. */
  readonly hash: string;
}

/** A place in the kernel where a mechanism hooks in, described once for all trees. */
export interface SiteSpec {
  /** Dotted, mechanism first: `debooster.yieldToTaskFair`. */
  readonly id: string;
  /** Candidate files; the first that exists and in which the scope is found wins. */
  readonly files: readonly string[];
  /** Function definition, struct/union/enum (`struct kvm_vcpu`) to search in, or null for the whole file. */
  readonly within: string | null;
  /** Spellings: consecutive whole lines, compared with trailing blanks removed. Exactly one must match exactly once. */
  readonly anchors: readonly { readonly variant: string; readonly lines: readonly string[] }[];
  /** Only looked for where this feature holds (or, with `!`, does not). */
  readonly when?: string;
}

/** A named property of a tree, read from its sources. */
export interface FeatureSpec {
  readonly name: string;
  /** Candidate files; the feature holds if `pattern` matches in any that exists. */
  readonly files: readonly string[];
  readonly pattern: RegExp;
}
