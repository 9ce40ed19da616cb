// SPDX-License-Identifier: MIT
export { run } from './run.ts';
export type { Context } from './context.ts';
