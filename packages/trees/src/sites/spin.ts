// SPDX-License-Identifier: MIT
import type { SiteSpec } from '../facts.ts';

export const spinSites: readonly SiteSpec[] = [];
