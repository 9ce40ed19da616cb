// SPDX-License-Identifier: MIT
import type { Cell } from './result.ts';
import type { Quartiles } from './sample.ts';

/** One number of one tree, scenario and arm, over its seeds. */
export interface Group extends Quartiles {
  readonly tree: string;
  readonly scenario: string;
  readonly metric: string;
  readonly arm: string;
  /** By seed, in rising order. */
  readonly values: readonly { readonly seed: number; readonly value: number }[];
}

/** What tells whether two cells gave the same, without what they gave. */
export interface CellPrint {
  readonly cell: Cell;
  /** 'done', or the verdict of a failure. */
  readonly verdict: string;
  readonly consoleSha256: string;
  /** Of all that was measured. */
  readonly outcomeSha256: string;
}
