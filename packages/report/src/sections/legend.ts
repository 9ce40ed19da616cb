// SPDX-License-Identifier: MIT
import type { Experiment } from '@unspin/experiment';
import { armColor, armDash, vmColor } from '../charts/svg.ts';
import { html, type Markup } from '../markup.ts';
import { armTitle } from '../names.ts';

const box = (colour: string): Markup => html`<svg width="12" height="12" aria-hidden="true"><rect width="12" height="12" rx="2" fill="${colour}"/></svg>`;
const stroke = (i: number): Markup =>
  html`<svg width="26" height="12" aria-hidden="true"><line x1="0" y1="6" x2="26" y2="6" stroke="${armColor(i)}" stroke-width="2.5" stroke-dasharray="${armDash(i)}"/></svg>`;

/** Arms keep colour and dash through the whole page. */
export const armLegend = (experiment: Experiment, as: 'box' | 'line' = 'box'): Markup =>
  html`<ul class="legend" aria-label="arms">${Object.keys(experiment.arms).map((arm, i) => html`<li>${as === 'box' ? box(armColor(i)) : stroke(i)}${armTitle(experiment, arm)}</li>`)}</ul>`;

export const vmLegend = (vms: readonly string[]): Markup => html`<ul class="legend" aria-label="VMs">${vms.map((vm, i) => html`<li>${box(vmColor(i))}VM ${vm}</li>`)}</ul>`;
