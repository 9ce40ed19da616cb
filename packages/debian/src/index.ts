// SPDX-License-Identifier: MIT
export type { PrivateApt } from './apt.ts';
export { cacheDir } from './cache.ts';
export * from './find-package.ts';
export { isRunning, startOf } from './process.ts';
export { diskFull, interrupted, run, toolMissing } from './run.ts';
export * from './staging.ts';
