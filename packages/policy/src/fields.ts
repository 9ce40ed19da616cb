// SPDX-License-Identifier: MIT
import * as z from 'zod';
import { BASE_UNITS, CONSTRUCTORS, TYPES, type Dimension, type Quantity } from './units.ts';

/** What the policy reference prints of a field, and editors show; every field has one. */
export interface FieldDoc {
  readonly doc: string;
  /** Of what a policy gives, in TypeScript. */
  readonly type: string;
  /** The functions that make it; '' where it is written as it is. */
  readonly written: string;
  /** Paper and section, or the kernel file, the field or its default comes from. */
  readonly source: string;
  readonly unit: string;
  readonly range: string;
  readonly default: string;
}

/** Codes our own refinements put into zod's custom issues. */
export type IssueKind = 'wrong-unit' | 'out-of-range';

const fieldDocs = new WeakMap<z.ZodType, FieldDoc>();
const groupDocs = new WeakMap<z.ZodType, string>();

export const fieldDoc = (schema: z.ZodType): FieldDoc | undefined => fieldDocs.get(schema);
export const groupDoc = (schema: z.ZodType): string | undefined => groupDocs.get(schema);

/** Keys that belong together. */
export function group<const S extends z.core.$ZodLooseShape>(doc: string, shape: S) {
  const schema = z.strictObject(shape);
  groupDocs.set(schema, doc);
  return schema;
}

/** What a policy must give. */
export function requiredField<T extends z.ZodType>(schema: T, field: Pick<FieldDoc, 'doc' | 'type' | 'range'>): T {
  return documented(schema, { ...field, written: '', unit: '', default: 'none, must be given', source: 'unspin' });
}

function documented<T extends z.ZodType>(schema: T, doc: FieldDoc): T {
  fieldDocs.set(schema, doc);
  return schema;
}

interface QuantityField<D extends Dimension> {
  readonly dimension: D;
  /** Inclusive, in the base unit. */
  readonly min: number;
  readonly max: number;
  readonly default: number;
  readonly doc: string;
  readonly source: string;
}

/** A quantity with its range; parses to the plain number in the base unit. */
export function quantityField<D extends Dimension>(field: QuantityField<D>) {
  const unit = BASE_UNITS[field.dimension];
  const range = `${field.min} to ${field.max} ${unit}`;
  const schema = z
    .custom<Quantity<D>>()
    .superRefine((value: unknown, ctx) => {
      const problem = quantityProblem(value, field, unit, range);
      if (problem !== undefined) ctx.addIssue({ code: 'custom', message: problem.message, params: { kind: problem.kind } });
    })
    .transform((value) => value.value)
    .default(field.default);
  return documented(schema, { doc: field.doc, source: field.source, type: TYPES[field.dimension], written: CONSTRUCTORS[field.dimension], unit, range, default: `${field.default} ${unit}` });
}

function quantityProblem(
  value: unknown,
  field: QuantityField<Dimension>,
  unit: string,
  range: string,
): { readonly kind: IssueKind; readonly message: string } | undefined {
  const wanted = `write it as ${CONSTRUCTORS[field.dimension]}`;
  if (typeof value !== 'object' || value === null || !('dimension' in value) || !('value' in value)) {
    return { kind: 'wrong-unit', message: `expected a value in ${unit}, got ${JSON.stringify(value) ?? String(value)} without a unit; ${wanted}` };
  }
  if (value.dimension !== field.dimension) {
    return { kind: 'wrong-unit', message: `expected a value in ${unit}, got ${BASE_UNITS[value.dimension as Dimension] ?? 'an unknown unit'}; ${wanted}` };
  }
  const given = typeof value.value === 'number' ? value.value : Number.NaN;
  // Also what is not finite.
  if (!(given >= field.min && given <= field.max)) return { kind: 'out-of-range', message: `${String(value.value)} ${unit} is out of range: a whole number from ${range}` };
  if (!Number.isSafeInteger(given)) return { kind: 'out-of-range', message: `${given} ${unit} is not a whole number: this takes one from ${range}` };
  return undefined;
}

/** A switch. */
export function flagField(field: { readonly default: boolean; readonly doc: string; readonly source: string }) {
  return documented(z.boolean().default(field.default), {
    doc: field.doc,
    source: field.source,
    type: 'boolean',
    written: '',
    unit: '',
    range: 'true or false',
    default: String(field.default),
  });
}

/** One of a few words. */
export function choiceField<const C extends readonly [string, ...string[]]>(field: { readonly choices: C; readonly default: C[number]; readonly doc: string; readonly source: string }) {
  return documented(z.enum(field.choices).default(field.default as z.core.util.NoUndefined<C[number]>), {
    doc: field.doc,
    source: field.source,
    type: field.choices.map((c) => `'${c}'`).join(' | '),
    written: '',
    unit: '',
    range: field.choices.map((c) => `'${c}'`).join(', '),
    default: `'${field.default}'`,
  });
}
