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

/** Ratios that belong together, with as many places as the finest of them needs: to be told from 1, or from 0. */
export function ratios(...values: readonly number[]): string[] {
  // Where all lie on one side of 1, none may be printed as 1.
  const aside = values.every((v) => v > 1) || values.every((v) => v < 1);
  const places = Math.max(...values.map((v) => placesOf(v, aside)));
  return values.map((v) => (v > 0 && v < 0.005 ? String(Number(v.toPrecision(1))) : v >= 100 ? digits(v) : v.toFixed(places)));
}

function placesOf(value: number, aside: boolean): number {
  const off = Math.abs(value - 1);
  if (value === 0 || off === 0 || value >= 10) return 2;
  if (aside && off < 0.005) return Math.min(9, Math.ceil(-Math.log10(off)));
  return value < 0.1 || off < 0.005 ? 3 : 2;
}

export const percent = (share: number): string => `${Number((share * 100).toFixed(1))} %`;

/** "1 pair", "2 pairs". */
export const counted = (n: number, one: string, many = `${one}s`): string => `${grouped(n)} ${n === 1 ? one : many}`;
