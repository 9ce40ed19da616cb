// SPDX-License-Identifier: MIT

/** What policy files use of this package; free of dependencies, so that it can go into a compiled policy. */
export * from './units.ts';
export * from './define-policy.ts';
