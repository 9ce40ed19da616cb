// SPDX-License-Identifier: MIT
export * from './attempts.ts';
export * from './define.ts';
export * from './description.ts';
export * from './effects.ts';
export * from './group.ts';
export * from './jsonl.ts';
export * from './load.ts';
export * from './metric-value.ts';
export * from './parse.ts';
export * from './plan.ts';
export * from './reliability.ts';
export * from './repeats.ts';
export * from './result.ts';
export { cellResultSchema, journalEntrySchema } from './result-schema.ts';
export * from './sample.ts';
export * from './statistics.ts';
export * from './summary.ts';
export * from './workload.ts';
