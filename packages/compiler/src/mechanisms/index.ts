// SPDX-License-Identifier: MIT
import type { Mechanism } from '../mechanism.ts';
import { debooster } from './debooster.ts';
import { ecsAbi } from './ecs-abi.ts';
import { ecsGuest } from './ecs-guest.ts';
import { ecsHost } from './ecs-host.ts';
import { spin } from './spin.ts';
import { strictBoost } from './strict-boost.ts';

/** Every mechanism, in the order their patches take in a series. */
export const MECHANISMS: readonly Mechanism[] = [spin, debooster, strictBoost, ecsAbi, ecsGuest, ecsHost];
