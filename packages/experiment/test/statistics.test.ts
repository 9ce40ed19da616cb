// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { mulberry32 } from '../src/random.ts';
import { bestCoverage, leastPairs, quartiles, trimmedEnds } from '../src/sample.ts';
import { estimate, type Pair } from '../src/statistics.ts';

const at95 = { confidence: 0.95 };
const pairs = (ratios: readonly number[], baseline = 100): Pair[] => ratios.map((r, i) => ({ seed: i + 1, baseline, arm: baseline * r }));

describe('sample', () => {
  it('gives quartiles', () => {
    expect(quartiles([4, 1, 3, 2, 5])).toEqual({ n: 5, min: 1, q1: 2, median: 3, q3: 4, max: 5 });
    expect(quartiles([])).toBeUndefined();
  });

  it('knows how many pairs a confidence takes', () => {
    expect([0.8, 0.9, 0.95, 0.99, 0.999].map(leastPairs)).toEqual([4, 5, 6, 8, 11]);
    expect(bestCoverage(5)).toBeCloseTo(0.9375);
  });

  it('trims as tables of the sign test do', () => {
    // Ranks of the 95 % interval of a median, counted from 1: 6: 1, 9: 2, 10: 2, 12: 3, 20: 6, 30: 10, 100: 40.
    expect([6, 8, 9, 10, 12, 20, 30, 100].map((n) => trimmedEnds(n, 0.95) + 1)).toEqual([1, 1, 2, 2, 3, 6, 10, 40]);
    expect(trimmedEnds(3000, 0.95)).toBeGreaterThan(1400);
  });
});

describe('estimate', () => {
  it('is the same each time', () => expect(estimate(pairs([0.7, 0.8, 0.9, 0.85, 0.95, 0.75]), at95)).toEqual(estimate(pairs([0.7, 0.8, 0.9, 0.85, 0.95, 0.75]), at95)));

  it('gives the median ratio and holds it in the interval', () => {
    expect(estimate(pairs([0.7, 0.72, 0.74, 0.76, 0.78, 0.8, 0.82]), at95)).toEqual({ kind: 'ratio', pairs: 7, ratio: 0.76, low: 0.7, high: 0.82 });
  });

  it('says the same of on/off and off/on', () => {
    const there = pairs([0.5, 0.6, 0.9, 1.1, 0.7, 0.8, 1.2, 0.65]);
    const back = there.map((p) => ({ seed: p.seed, baseline: p.arm, arm: p.baseline }));
    const [a, b] = [estimate(there, at95), estimate(back, at95)];
    if (a.kind !== 'ratio' || b.kind !== 'ratio') throw new Error('no ratio');
    expect([1 / b.ratio, 1 / b.high, 1 / b.low]).toEqual([a.ratio, a.low, a.high].map((v) => expect.closeTo(v, 10)));
  });

  it('makes nothing of too few pairs', () => {
    expect(estimate(pairs([0.5, 0.5, 0.5, 0.5, 0.5]), at95)).toEqual({ kind: 'too-few', pairs: 5, least: 6, ratio: 0.5 });
    expect(estimate([], at95)).toEqual({ kind: 'too-few', pairs: 0, least: 6 });
    expect(estimate(pairs([1, 1]), at95)).toMatchObject({ kind: 'too-few', ratio: 1 });
  });

  it('does not divide by nothing', () => {
    expect(estimate([0, 0, 3, 0, 0, 0].map((baseline, i) => ({ seed: i, baseline, arm: 290 })), at95)).toEqual({ kind: 'no-ratio', pairs: 6, zeros: 5 });
    expect(estimate(pairs([0, 0, 0, 0, 0, 0]), at95)).toMatchObject({ kind: 'ratio', ratio: 0, high: 0 });
  });

  it('knows pairs that are equal in themselves, nothing and nothing too', () => {
    expect(estimate(pairs([1, 1, 1, 1, 1, 1]), at95)).toEqual({ kind: 'identical', pairs: 6 });
    expect(estimate(pairs([0, 0, 0, 0, 0, 0], 0), at95)).toEqual({ kind: 'identical', pairs: 6 });
  });

  it('takes a thousand pairs', () => {
    const random = mulberry32(3);
    const found = estimate(pairs(Array.from({ length: 1000 }, () => 0.9 + 0.1 * random())), at95);
    if (found.kind !== 'ratio') throw new Error(found.kind);
    expect(found.high - found.low).toBeLessThan(0.012);
    expect(found.low).toBeLessThan(found.ratio);
  });
});

/** Of how many each case is made: enough to see an interval that is too narrow by a tenth. */
const trials = 200;

/** How often the interval of a true ratio holds it, and how often one without an effect excludes 1. */
function coverage(n: number, confidence: number, draw: (random: () => number) => number, trueRatio: number): { holds: number; falseClaims: number } {
  const random = mulberry32(n * 1000 + Math.round(confidence * 100));
  let [holds, falseClaims] = [0, 0];
  for (let t = 0; t < trials; t += 1) {
    const drawn = Array.from({ length: n }, () => draw(random));
    const found = estimate(pairs(drawn.map((r) => r * trueRatio)), { confidence, resamples: 300, seed: t + 1 });
    const under = estimate(pairs(drawn), { confidence, resamples: 300, seed: t + 1 });
    if (found.kind === 'ratio' && found.low <= trueRatio && trueRatio <= found.high) holds += 1;
    if (under.kind === 'ratio' && (under.high < 1 || under.low > 1)) falseClaims += 1;
  }
  return { holds: holds / trials, falseClaims: falseClaims / trials };
}

/** Ratios of median 1. */
const SHAPES: Readonly<Record<string, (random: () => number) => number>> = {
  'log-normal': (random) => Math.exp(0.1 * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())),
  'with a long tail': (random) => Math.exp(0.2 * (-Math.log(1 - random()) - Math.LN2)),
  'with outliers': (random) => (random() < 0.1 ? 10 : 1) ** (random() < 0.5 ? -1 : 1) * Math.exp(0.05 * (random() - 0.5)),
};

describe('the interval, over many made-up experiments', () => {
  for (const [shape, draw] of Object.entries(SHAPES)) {
    it.each([[6, 0.95], [7, 0.95], [10, 0.95], [20, 0.95], [10, 0.8]])(`${shape}, %i pairs at %f: holds the truth, and claims nothing where nothing is`, (n, confidence) => {
      const { holds, falseClaims } = coverage(n, confidence, draw, 0.87);
      const slack = 2.5 * Math.sqrt((confidence * (1 - confidence)) / trials);
      expect(holds).toBeGreaterThanOrEqual(confidence - slack);
      expect(falseClaims).toBeLessThanOrEqual(1 - confidence + slack);
    });
  }
  it('is not so wide that it never claims', () => {
    // A shift of one standard deviation in 20 pairs is seen nearly always.
    const random = mulberry32(5);
    let seen = 0;
    for (let t = 0; t < 200; t += 1) {
      const found = estimate(pairs(Array.from({ length: 20 }, () => 0.9 * (SHAPES['log-normal']?.(random) ?? 1))), { confidence: 0.95, resamples: 500 });
      if (found.kind === 'ratio' && found.high < 1) seen += 1;
    }
    expect(seen).toBeGreaterThan(170);
  });
});
