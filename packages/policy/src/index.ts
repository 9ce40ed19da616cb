// SPDX-License-Identifier: MIT
export type { ValueDiagnostic } from './definition-file.ts';
export * from './units.ts';
export * from './schema.ts';
export type * from './policy-input.ts';
export * from './define-policy.ts';
export * from './parse.ts';
export * from './load.ts';
export * from './reference.ts';
export * from './input-types.ts';
export { fieldDoc, type FieldDoc } from './fields.ts';
