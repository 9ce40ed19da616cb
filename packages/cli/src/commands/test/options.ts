// SPDX-License-Identifier: MIT

/** `unspin test` as typed. */
export interface TestOptions {
  readonly json?: boolean;
  readonly unit?: boolean;
  readonly tree?: readonly string[];
  /** Also builds patch by patch what is otherwise built as a whole, and who includes a touched header with W=1. */
  readonly everyPatch?: boolean;
  /** False with `--no-smoke`. */
  readonly smoke: boolean;
}
