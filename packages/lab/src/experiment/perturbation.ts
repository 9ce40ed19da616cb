// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';

/** What a seed changes in a run, and all it changes. */
export interface Perturbation {
  /** Guests in the order they are told to start, each so long after the one before. */
  readonly go: readonly { readonly vm: number; readonly afterNs: number }[];
  /** Turns of a loop in each guest between its go and its load. */
  readonly padding: readonly number[];
}

/** A tick of the host (HZ=250): the first go falls anywhere in it. */
const TICK_NS = 4_000_000;
/** Between one go and the next: much less than any load takes. */
const STAGGER_NS = 1_000_000;
const PADDING_TURNS = 512;

/**
 * Derived from the seed and the VMs' number alone. Arms of one seed get the very same perturbation, so that none is
 * favoured, and what an arm gains it does not gain by a luckier order of starts; over the seeds every order and phase
 * comes up alike in every arm.
 */
export function perturbation(seed: number, vms: number): Perturbation {
  let drawn = 0;
  const draw = (bound: number): number => createHash('sha256').update(`unspin ${seed} ${drawn++}`).digest().readUInt32LE(0) % bound;
  const order = Array.from({ length: vms }, (_, i) => i);
  for (let i = vms - 1; i > 0; i--) {
    const j = draw(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return {
    go: order.map((vm, i) => ({ vm, afterNs: draw(i === 0 ? TICK_NS : STAGGER_NS) })),
    padding: order.map(() => draw(PADDING_TURNS)),
  };
}
