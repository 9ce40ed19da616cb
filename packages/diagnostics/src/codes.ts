// SPDX-License-Identifier: MIT

/**
 * Every diagnostic unspin can return, in one table. `exit` is the process exit code it leads to:
 * 1 for an input that is stale or invalid, 2 for wrong usage.
 */
export const CODES = {
  // usage
  USAGE: { exit: 2, title: 'wrong usage' },
  // policy files
  POLICY_NOT_FOUND: { exit: 2, title: 'no such policy' },
  POLICY_NOT_FOR_TREE: { exit: 2, title: 'policy is not for this tree' },
  POLICY_SYNTAX: { exit: 1, title: 'policy file does not compile' },
  POLICY_THROWS: { exit: 1, title: 'policy file throws while loading' },
  POLICY_NO_EXPORT: { exit: 1, title: 'policy file has no default export made by definePolicy' },
  POLICY_UNKNOWN_KEY: { exit: 1, title: 'unknown key' },
  POLICY_WRONG_UNIT: { exit: 1, title: 'wrong unit' },
  POLICY_OUT_OF_RANGE: { exit: 1, title: 'value out of range' },
  POLICY_INVALID: { exit: 1, title: 'invalid value' },
  POLICY_NOT_IMPLEMENTED: { exit: 1, title: 'section not available in this version' },
  // experiment files
  EXPERIMENT_NOT_FOUND: { exit: 2, title: 'no such experiment' },
  EXPERIMENT_SYNTAX: { exit: 1, title: 'experiment file does not compile' },
  EXPERIMENT_THROWS: { exit: 1, title: 'experiment file throws while loading' },
  EXPERIMENT_NO_EXPORT: { exit: 1, title: 'experiment file has no default export made by defineExperiment' },
  EXPERIMENT_UNKNOWN_KEY: { exit: 1, title: 'unknown key' },
  EXPERIMENT_INVALID: { exit: 1, title: 'invalid value' },
  EXPERIMENT_FEW_SEEDS: { exit: 1, title: 'too few seeds for any claim' },
  // results of experiments
  RESULTS_NOT_FOUND: { exit: 2, title: 'no such results' },
  RESULTS_CORRUPT: { exit: 1, title: 'results cannot be read' },
  RESULTS_TRUNCATED: { exit: 1, title: 'results end in half a line' },
  // check
  MECHANISM_CONFLICT: { exit: 1, title: 'mechanisms in conflict' },
  TARGET_CANNOT: { exit: 1, title: 'target cannot have this mechanism' },
  TREE_LACKS_FEATURE: { exit: 1, title: 'tree lacks a needed feature' },
  // trees
  TREE_UNKNOWN: { exit: 2, title: 'unknown tree' },
  TREE_NOT_KERNEL: { exit: 2, title: 'directory is no kernel tree' },
  TREE_FILE_MISSING: { exit: 1, title: 'file missing in tree' },
  TREE_FUNCTION_MISSING: { exit: 1, title: 'function not found in tree' },
  TREE_ANCHOR_MISSING: { exit: 1, title: 'anchor not found' },
  TREE_ANCHOR_AMBIGUOUS: { exit: 1, title: 'anchor found several times' },
  TREE_FACTS_MISSING: { exit: 1, title: 'facts missing' },
  TREE_DRIFT: { exit: 1, title: 'tree has drifted from the recorded facts' },
  TREE_FETCH_FAILED: { exit: 1, title: 'sources could not be fetched' },
  TREE_FETCH_UNAVAILABLE: { exit: 1, title: 'source package not available' },
  // generation
  GEN_STALE: { exit: 1, title: 'generated files are stale' },
  OUTPUT_NOT_WRITABLE: { exit: 1, title: 'output folder cannot be written' },
  // lab
  LAB_TOOL_MISSING: { exit: 1, title: 'tool missing' },
  LAB_KCONFIG: { exit: 1, title: 'kernel config option did not stick' },
  LAB_APPLY_FAILED: { exit: 1, title: 'series does not apply' },
  LAB_BUILD_FAILED: { exit: 1, title: 'kernel build failed' },
  LAB_DISK_FULL: { exit: 1, title: 'disk full' },
  LAB_CHECKPATCH: { exit: 1, title: 'checkpatch has complaints' },
  LAB_NEW_WARNINGS: { exit: 1, title: 'new compiler or sparse warnings' },
  LAB_QEMU: { exit: 1, title: 'QEMU failed' },
  LAB_VERDICT: { exit: 1, title: 'run did not pass' },
  TEST_FAILED: { exit: 1, title: 'tests failed' },
  BENCH_FAILED: { exit: 1, title: 'what was timed failed' },
  INTERNAL: { exit: 1, title: 'bug in unspin' },
  INTERRUPTED: { exit: 130, title: 'interrupted' },
} as const;

export type DiagnosticCode = keyof typeof CODES;
