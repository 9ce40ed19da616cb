// SPDX-License-Identifier: MIT
import type { Experiment } from './description.ts';
import type { Cell } from './result.ts';

/** The list, begun at one of its members. */
const turned = <T>(list: readonly T[], first: number): T[] => list.map((_, i) => list[(first + i) % list.length]!);

/**
 * Scenarios with arms, each with each once; from one to the next both change, but where a round of them ends. The last arm comes
 * first, as it most often has mechanisms on.
 */
function combinations(scenarios: readonly string[], arms: readonly string[]): { readonly scenario: string; readonly arm: string }[] {
  const [s, a] = [scenarios.length, arms.length];
  const backwards = [...arms].reverse();
  // Scenario and arm are the same again after the least common multiple; from there on arms are one further.
  let round = s;
  while (s > 0 && a > 0 && round % a !== 0) round += s;
  return Array.from({ length: s * a }, (_, k) => ({ scenario: scenarios[k % s]!, arm: backwards[(k + Math.floor(k / round)) % a]! }));
}

/**
 * Which finished cells are run a second time, `count` of each tree. Each tree goes on with scenario, arm and seed where the one before it
 * ended, so that few repeats see as much as they can. The same cells give the same choice.
 */
export function repeatsOf(experiment: Experiment, finished: readonly Cell[], count: number): Cell[] {
  const all = combinations(Object.keys(experiment.scenarios), Object.keys(experiment.arms));
  return experiment.trees.flatMap((tree, place) => {
    const first = place * count;
    const groups = turned(all, first).map(({ scenario, arm }, i) => {
      const cells = finished.filter((c) => c.tree === tree && c.scenario === scenario && c.arm === arm).sort((x, y) => x.seed - y.seed);
      return turned(cells, first + i);
    });
    const rounds = Math.max(0, ...groups.map((cells) => cells.length));
    return Array.from({ length: rounds }, (_, r) => groups.flatMap((cells) => cells.slice(r, r + 1))).flat().slice(0, count);
  });
}
