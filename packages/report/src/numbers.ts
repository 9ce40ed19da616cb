// SPDX-License-Identifier: MIT
/** Numbers as people read them: three digits that count, the same on every machine. */

const TIME: readonly (readonly [number, string])[] = [[1, 'ns'], [1e3, 'µs'], [1e6, 'ms'], [1e9, 's']];

/** Three digits that count, thousands set apart from 10,000 on. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size >= 1000 || Number.isInteger(value)) return grouped(Math.round(value));
  if (size < 0.001) return value.toExponential(1);
  return String(Number(value.toPrecision(3)));
}

const grouped = (value: number): string => String(value).replace(/\B(?=(\d{3})+(?!\d))/g, (_, __, at: number, all: string) => (all.replace('-', '').length > 4 && at > 0 ? ',' : ''));

/** ns in the unit that suits: 1.5 ms. */
export function nanoseconds(value: number): string {
  const [scale, unit] = [...TIME].reverse().find(([least]) => Math.abs(value) >= least) ?? [1, 'ns'];
  return `${digits(value / scale)} ${unit}`;
}

export function withUnit(value: number, unit: string): string {
  if (unit === 'ns') return nanoseconds(value);
  return unit === '' ? digits(value) : `${digits(value)} ${unit}`;
}

/** Two places, or as many as tell a ratio from 1. */
export function ratio(value: number): string {
  const off = Math.abs(value - 1);
  return value.toFixed(off > 0 && off < 0.01 ? 3 : 2);
}

export const percent = (share: number): string => `${Number((share * 100).toFixed(1))} %`;

/** "1 pair", "2 pairs". */
export const counted = (n: number, one: string, many = `${one}s`): string => `${grouped(n)} ${n === 1 ? one : many}`;
