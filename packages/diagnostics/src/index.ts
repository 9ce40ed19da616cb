// SPDX-License-Identifier: MIT
export * from './codes.ts';
export * from './diagnostic.ts';
export * from './format.ts';
