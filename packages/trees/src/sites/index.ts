// SPDX-License-Identifier: MIT
import type { SiteSpec } from '../facts.ts';
import { deboosterSites } from './debooster.ts';
import { ecsAbiSites } from './ecs-abi.ts';
import { ecsGuestSites } from './ecs-guest.ts';
import { ecsHostSites } from './ecs-host.ts';
import { labSites } from './lab.ts';
import { spinSites } from './spin.ts';
import { strictBoostSites } from './strict-boost.ts';

/** Every place in the kernel any mechanism hooks into. */
export const SITES: readonly SiteSpec[] = [...spinSites, ...deboosterSites, ...strictBoostSites, ...ecsAbiSites, ...ecsGuestSites, ...ecsHostSites, ...labSites];
