// SPDX-License-Identifier: MIT
/** Observable Plot in a DOM made of strings: a chart becomes text of an SVG. */
import * as Plot from '@observablehq/plot';
import domino from 'domino';
import { Markup } from '../markup.ts';

const { document } = domino.createWindow('<!doctype html>');

/** Widest panel that a phone of 360 px shows unscaled. */
export const PANEL_WIDTH = 328;

/** A chart as markup. `label` is what those hear who cannot see it. */
export function svg(label: string, options: Plot.PlotOptions): Markup {
  const node = Plot.plot({ document: document as unknown as Document, className: 'chart', style: { fontSize: '11px' }, ariaLabel: label, ...options });
  node.setAttribute('role', 'img');
  // Plot writes its own rules into each chart; the page has them once. Numbers beyond a hundredth of a pixel only differ between machines.
  const text = node.outerHTML
    .replace(/<style>[\s\S]*?<\/style>/, '')
    .replace(/="[^"]*"/g, (value) => value.replace(/-?\d+\.\d{3,}/g, (n) => String(Number(Number(n).toFixed(2)))));
  return new Markup(text);
}

/** Colours by the place of an arm or VM: CSS variables, so that light, dark and print each have their own. */
export const armColor = (i: number): string => `var(--arm-${i % 8})`;
export const vmColor = (i: number): string => `var(--vm-${i % 8})`;
/** Arms are told apart without colour too. */
export const armDash = (i: number): string => ['none', '5 2', '2 2', '7 2 2 2', '1 2', '9 3', '4 1', '6 1 1 1'][i % 8] ?? 'none';
