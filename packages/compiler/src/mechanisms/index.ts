// SPDX-License-Identifier: MIT
import type { Mechanism } from '../mechanism.ts';

/** Every mechanism, in the order their patches take in a series. */
export const MECHANISMS: readonly Mechanism[] = [];
