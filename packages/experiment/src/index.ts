// SPDX-License-Identifier: MIT
export * from './define.ts';
export * from './description.ts';
export * from './result.ts';
export * from './workload.ts';
