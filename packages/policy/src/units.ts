// SPDX-License-Identifier: MIT

/**
 * Quantities carry their dimension, in the editor as a type and at run time as a tag, so that a plain
 * number or a count of cycles where a time is wanted is refused with the place and the unit it needs.
 */
export type Dimension = 'duration' | 'iterations' | 'cycles' | 'pauses' | 'schedules' | 'factor';

export interface Quantity<D extends Dimension> {
  readonly dimension: D;
  /** In the dimension's base unit: ns for durations, else a plain count. */
  readonly value: number;
}

export type Duration = Quantity<'duration'>;
export type Iterations = Quantity<'iterations'>;
export type Cycles = Quantity<'cycles'>;
export type Pauses = Quantity<'pauses'>;
export type Schedules = Quantity<'schedules'>;
export type Factor = Quantity<'factor'>;

/** More than a decimal and a short sum or product of decimals are off by. In all ranges far less than a unit. */
const ROUNDING = 8 * Number.EPSILON;

/** The whole number that is meant: 1.001 µs are 1001 ns, and not what binary fractions make of them. What is not whole stays so, to be refused. */
function inBaseUnit(value: number): number {
  const nearest = Math.round(value);
  return Math.abs(value - nearest) <= Math.abs(value) * ROUNDING ? nearest : value;
}

const quantity =
  <D extends Dimension>(dimension: D, scale = 1) =>
  (value: number): Quantity<D> => ({ dimension, value: scale === 1 ? value : inBaseUnit(value * scale) });

/** Nanoseconds. */
export const ns = quantity('duration');
/** Microseconds; stored as ns. */
export const us = quantity('duration', 1_000);
/** Milliseconds; stored as ns. */
export const ms = quantity('duration', 1_000_000);
/** Turns of a spin loop. */
export const iterations = quantity('iterations');
/** TSC cycles. */
export const cycles = quantity('cycles');
/** PAUSE instructions. */
export const pauses = quantity('pauses');
/** Turns on a physical CPU that a vCPU gets beyond its own. */
export const schedules = quantity('schedules');
/** A multiplier or divisor; 0 means "reset" where KVM's parameter of that name means so. */
export const factor = quantity('factor');

/** How a policy writes a quantity of this dimension. */
export const CONSTRUCTORS: Readonly<Record<Dimension, string>> = {
  duration: 'ns(…), us(…) or ms(…)',
  iterations: 'iterations(…)',
  cycles: 'cycles(…)',
  pauses: 'pauses(…)',
  schedules: 'schedules(…)',
  factor: 'factor(…)',
};

/** Name of the type above. */
export const TYPES: Readonly<Record<Dimension, string>> = {
  duration: 'Duration',
  iterations: 'Iterations',
  cycles: 'Cycles',
  pauses: 'Pauses',
  schedules: 'Schedules',
  factor: 'Factor',
};

/** Base unit as printed in messages and the reference. */
export const BASE_UNITS: Readonly<Record<Dimension, string>> = {
  duration: 'ns',
  iterations: 'iterations',
  cycles: 'TSC cycles',
  pauses: 'PAUSEs',
  schedules: 'extra schedules',
  factor: '×',
};
