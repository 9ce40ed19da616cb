// SPDX-License-Identifier: MIT
/** What an experiment file needs: without the loader and all it takes in. */
export * from './define.ts';
export * from './workload.ts';
