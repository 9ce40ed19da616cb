// SPDX-License-Identifier: MIT
import type { PolicyInput } from './policy-input.ts';

const MARK = Symbol.for('unspin.policy');

/** A policy as its file exports it: checked by the editor, not yet by the compiler. */
export interface DefinedPolicy {
  readonly [MARK]: true;
  readonly input: unknown;
}

/**
 * States one policy. A policy file's default export is the result.
 * Values are checked by `unspin gen`, which reports all errors with their place in the file.
 */
export function definePolicy(input: PolicyInput): DefinedPolicy {
  return { [MARK]: true, input };
}

export const isDefinedPolicy = (value: unknown): value is DefinedPolicy => typeof value === 'object' && value !== null && MARK in value;
