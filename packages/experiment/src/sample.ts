// SPDX-License-Identifier: MIT
/** Medians, quartiles, and how few values say nothing. */

export interface Quartiles {
  readonly n: number;
  readonly min: number;
  readonly q1: number;
  readonly median: number;
  readonly q3: number;
  readonly max: number;
}

/** Quantile of sorted values, between two of them by straight line. */
export function quantile(sorted: readonly number[], q: number): number {
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

export function quartiles(values: readonly number[]): Quartiles | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const [min] = sorted;
  if (min === undefined) return undefined;
  return { n: sorted.length, min, q1: quantile(sorted, 0.25), median: quantile(sorted, 0.5), q3: quantile(sorted, 0.75), max: sorted.at(-1) ?? min };
}

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

/**
 * How many of n sorted values may be left out at either end so that the rest still holds the median with the confidence, whatever
 * the distribution. Only where n is at least leastPairs(confidence).
 */
export function trimmedEnds(n: number, confidence: number): number {
  // Of n values, k lie below the median with the binomial probability C(n, k) / 2^n; kept as a logarithm, as 2^-n is 0 from 1075 on.
  let logChance = -n * Math.LN2;
  let outside = 0;
  for (let k = 0; k < n / 2; k += 1) {
    outside += 2 * Math.exp(logChance);
    if (outside > 1 - confidence) return Math.max(0, k - 1);
    logChance += Math.log(n - k) - Math.log(k + 1);
  }
  return 0;
}
