// SPDX-License-Identifier: MIT
export * from './define.ts';
export * from './description.ts';
export * from './jsonl.ts';
export * from './load.ts';
export * from './parse.ts';
export * from './plan.ts';
export * from './result.ts';
export * from './workload.ts';
