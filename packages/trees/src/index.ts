// SPDX-License-Identifier: MIT
export * from './facts.ts';
export { SITES } from './sites/index.ts';
export { FEATURES } from './features.ts';
