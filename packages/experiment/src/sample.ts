// SPDX-License-Identifier: MIT
/** How few pairs say nothing. */

/**
 * Chance that the median of a distribution lies between the least and the greatest of n values drawn from it, whatever the
 * distribution. No interval made of the values themselves can do better.
 */
export const bestCoverage = (n: number): number => (n < 1 ? 0 : 1 - 2 * 0.5 ** n);

/** Pairs below which no interval of the median reaches the confidence: 6 at 95 %. */
export function leastPairs(confidence: number): number {
  let n = 1;
  while (bestCoverage(n) < confidence) n += 1;
  return n;
}
