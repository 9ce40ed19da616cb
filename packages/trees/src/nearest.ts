// SPDX-License-Identifier: MIT
import { distance } from 'fastest-levenshtein';

/** The names most like `wanted`, best first, each once. */
export function nearestNames(wanted: string, names: Iterable<string>, count = 3): readonly string[] {
  return [...new Set(names)]
    .map((name) => ({ name, cost: nameCost(wanted, name) }))
    .sort((a, b) => a.cost - b.cost || (a.name < b.name ? -1 : 1))
    .slice(0, count)
    .map(({ name }) => name);
}

/** A renamed function often keeps its name as a part (`__yield_to`, `yield_to_task`): half the price of other changes. */
function nameCost(wanted: string, name: string): number {
  const cost = distance(wanted, name);
  const similarLength = 2 * Math.min(name.length, wanted.length) >= Math.max(name.length, wanted.length);
  return similarLength && (name.includes(wanted) || wanted.includes(name)) ? cost / 2 : cost;
}

export interface NearLine {
  /** 1-based line number in the file. */
  readonly line: number;
  readonly text: string;
}

/**
 * Where in lines `from`..`to` (1-based, inclusive) a block reads most like `anchor`: for each of the best places, the first
 * line that differs.
 */
export function nearestLines(anchor: readonly string[], lines: readonly string[], from: number, to: number, count = 3): readonly NearLine[] {
  const wanted = anchor.map(squeeze);
  const size = Math.max(1, wanted.join('').length);
  const places: { line: number; cost: number }[] = [];
  for (let start = from; start <= Math.max(from, to - anchor.length + 1); start++) {
    const block = wanted.map((_, i) => squeeze(lines[start - 1 + i] ?? ''));
    if (block.every((line) => line === '')) continue;
    const cost = block.reduce((sum, line, i) => sum + distance(line, wanted[i] ?? ''), 0);
    const differing = wanted.findIndex((line, i) => line !== block[i]);
    places.push({ line: start + Math.max(0, differing), cost });
  }
  return places
    .filter(({ cost }) => cost < 0.7 * size)
    .sort((a, b) => a.cost - b.cost || a.line - b.line)
    .slice(0, count)
    .map(({ line }) => ({ line, text: (lines[line - 1] ?? '').trim() }));
}

const squeeze = (line: string): string => line.trim().replace(/\s+/g, ' ');
