// SPDX-License-Identifier: MIT
/**
 * What two arms that ran the same seeds differ by. Pure and the same on every machine.
 *
 * The number is the median of the ratios of the pairs. It is taken of their logarithms, so that on/off and off/on say
 * the same. Its interval is a percentile bootstrap, widened where needed to the interval of order statistics that holds the median
 * with the confidence whatever the distribution: for 6 to 30 pairs the bootstrap alone holds it less often than it says.
 */
import { mulberry32 } from './random.ts';
import { leastPairs, trimmedEnds } from './sample.ts';

export const RESAMPLES = 10_000;

/** Values of one seed: the baseline's and the arm's. */
export interface Pair {
  readonly seed: number;
  readonly baseline: number;
  readonly arm: number;
}

export type Estimate =
  /** All pairs are equal in themselves: whatever the arm does, it does not show here. */
  | { readonly kind: 'identical'; readonly pairs: number }
  | { readonly kind: 'ratio'; readonly pairs: number; readonly ratio: number; readonly low: number; readonly high: number }
  /** A ratio without an interval: no claim can stand on it. */
  | { readonly kind: 'too-few'; readonly pairs: number; readonly least: number; readonly ratio?: number }
  /** Nothing can be divided by a baseline of 0. */
  | { readonly kind: 'no-ratio'; readonly pairs: number; readonly zeros: number };

export interface EstimateOptions {
  readonly confidence: number;
  readonly resamples?: number;
  readonly seed?: number;
}

export function estimate(pairs: readonly Pair[], { confidence, resamples = RESAMPLES, seed = 1 }: EstimateOptions): Estimate {
  const n = pairs.length;
  const least = leastPairs(confidence);
  if (n > 0 && pairs.every((p) => p.baseline === p.arm)) return n < least ? { kind: 'too-few', pairs: n, least, ratio: 1 } : { kind: 'identical', pairs: n };
  const zeros = pairs.filter((p) => p.baseline === 0).length;
  if (zeros > 0) return { kind: 'no-ratio', pairs: n, zeros };
  const ratios = pairs.map((p) => p.arm / p.baseline).sort((a, b) => a - b);
  if (n === 0) return { kind: 'too-few', pairs: n, least };
  if (n < least) return { kind: 'too-few', pairs: n, least, ratio: medianRatio(ratios) };
  const [low, high] = interval(ratios, confidence, resamples, seed);
  return { kind: 'ratio', pairs: n, ratio: medianRatio(ratios), low, high };
}

/** Places of the one or two values in the middle of n sorted ones. */
const middle = (n: number): readonly [number, number] => [Math.floor((n - 1) / 2), Math.floor(n / 2)];

const between = (a: number, b: number): number => (a === b ? a : Math.sqrt(a * b));

function medianRatio(sorted: readonly number[]): number {
  const [low, high] = middle(sorted.length);
  return between(sorted[low] ?? Number.NaN, sorted[high] ?? Number.NaN);
}

function interval(sorted: readonly number[], confidence: number, resamples: number, seed: number): readonly [number, number] {
  const medians = bootstrapMedians(sorted, resamples, mulberry32(seed));
  const out = Math.floor(((1 - confidence) / 2) * resamples);
  const trimmed = trimmedEnds(sorted.length, confidence);
  return [
    Math.min(medians[out] ?? Number.NaN, sorted[trimmed] ?? Number.NaN),
    Math.max(medians[resamples - 1 - out] ?? Number.NaN, sorted[sorted.length - 1 - trimmed] ?? Number.NaN),
  ];
}

/** Sorted medians of resamples. A resample of sorted values is how often each was drawn: its middle is found without sorting. */
function bootstrapMedians(sorted: readonly number[], resamples: number, random: () => number): Float64Array {
  const n = sorted.length;
  const [low, high] = middle(n);
  const drawn = new Uint32Array(n);
  return Float64Array.from({ length: resamples }, () => {
    drawn.fill(0);
    for (let i = 0; i < n; i += 1) {
      const at = Math.floor(random() * n);
      drawn[at] = (drawn[at] ?? 0) + 1;
    }
    return between(sorted[nth(drawn, low)] ?? Number.NaN, sorted[nth(drawn, high)] ?? Number.NaN);
  }).sort();
}

/** Which value stands at `place` of a resample, by how often each was drawn. */
function nth(drawn: Uint32Array, place: number): number {
  let seen = 0;
  for (let i = 0; i < drawn.length; i += 1) {
    seen += drawn[i] ?? 0;
    if (seen > place) return i;
  }
  return drawn.length - 1;
}
