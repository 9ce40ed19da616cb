// SPDX-License-Identifier: MIT

/** `unspin test` as typed. */
export interface TestOptions {
  readonly json?: boolean;
  readonly unit?: boolean;
  readonly tree?: readonly string[];
  /** False with `--no-smoke`. */
  readonly smoke: boolean;
}
