// SPDX-License-Identifier: MIT
/** Ratios with their intervals, one strip a row, all on one logarithmic scale. */
import * as Plot from '@observablehq/plot';
import { isClaim, type Effect } from '@unspin/experiment';
import type { Markup } from '../markup.ts';
import { svg } from './svg.ts';

const WIDTH = 420;
const MARGIN = 14;
const TICKS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.33, 0.5, 0.67, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 2, 3, 5, 10, 20, 50, 100];

/** From and to, the same distance from 1 either way, and never more than a hundredfold. */
export function forestDomain(effects: readonly Effect[]): readonly [number, number] {
  const ends = effects.flatMap(({ estimate: e }) => (e.kind === 'ratio' ? [e.low, e.high] : e.kind === 'too-few' && e.ratio !== undefined ? [e.ratio] : []));
  const furthest = Math.max(Math.log(1.2), ...ends.map((v) => (v > 0 && Number.isFinite(v) ? Math.abs(Math.log(v)) : Math.log(100))));
  const end = Math.min(100, Math.exp(furthest * 1.08));
  return [1 / end, end];
}

/** Ticks that are not so near that their labels touch. */
function ticks([low, high]: readonly [number, number]): number[] {
  const apart = (Math.log(high) - Math.log(low)) / 9;
  const inside = TICKS.filter((t) => t >= low * 0.999 && t <= high * 1.001);
  const kept: number[] = [1];
  for (const t of [...inside.filter((v) => v < 1).reverse(), ...inside.filter((v) => v > 1)]) {
    if (kept.every((k) => Math.abs(Math.log(k) - Math.log(t)) >= apart)) kept.push(t);
  }
  return kept.sort((a, b) => a - b);
}

const scale = (domain: readonly [number, number]) => ({ type: 'log' as const, domain: [...domain], axis: null });

/** The scale, as the head of the strips. */
export const forestAxis = (domain: readonly [number, number]): Markup =>
  svg(`scale of ratios from ${domain[0].toFixed(2)} to ${domain[1].toFixed(2)}`, {
    width: WIDTH,
    height: 20,
    marginLeft: MARGIN,
    marginRight: MARGIN,
    marginTop: 18,
    marginBottom: 0,
    x: scale(domain),
    marks: [Plot.axisX(ticks(domain), { anchor: 'top', tickSize: 4, tickPadding: 2, label: null, tickFormat: (v: number) => `${v}x` })],
  });

const KIND: Readonly<Partial<Record<Effect['claim'], string>>> = { better: 'var(--better)', worse: 'var(--worse)', changed: 'var(--changed)' };

/** One effect. Claims are filled, everything else is hollow; an interval that leaves the scale ends in an arrow. */
export function forestStrip(effect: Effect, domain: readonly [number, number], label: string): Markup {
  const { estimate } = effect;
  const colour = KIND[effect.claim] ?? 'var(--muted)';
  const clamp = (v: number): number => Math.min(domain[1], Math.max(domain[0], v));
  const fill = isClaim(effect.claim) ? colour : 'var(--page)';
  const dot = (ratio: number) => Plot.dot([ratio], { x: clamp, y: () => 0, r: 5, fill, stroke: colour, strokeWidth: 2, symbol: effect.claim === 'worse' ? 'square' : 'circle' });
  const whisker = (low: number, high: number) => [
    Plot.link([0], { x1: clamp(low), x2: clamp(high), y1: 0, y2: 0, stroke: colour, strokeWidth: 3 }),
    Plot.text([low, high].filter((v) => clamp(v) !== v), { x: clamp, y: () => 0, text: (v: number) => (v < 1 ? '◂' : '▸'), fill: colour, fontSize: 14 }),
  ];
  const marks =
    estimate.kind === 'ratio' ? [...whisker(estimate.low, estimate.high), dot(estimate.ratio)]
    : estimate.kind === 'identical' ? [dot(1)]
    : estimate.kind === 'too-few' && estimate.ratio !== undefined ? [dot(estimate.ratio)]
    : [Plot.text([''], { x: () => 1, y: () => 0 })];
  return svg(label, {
    width: WIDTH,
    height: 22,
    marginLeft: MARGIN,
    marginRight: MARGIN,
    marginTop: 0,
    marginBottom: 0,
    x: scale(domain),
    y: { domain: [-1, 1], axis: null },
    marks: [Plot.ruleX(ticks(domain).filter((t) => t !== 1), { stroke: 'var(--line)' }), Plot.ruleX([1], { stroke: 'var(--ink)', strokeWidth: 1.5 }), ...marks],
  });
}
