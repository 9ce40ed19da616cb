// SPDX-License-Identifier: MIT
import type * as z from 'zod';
import { fieldDoc, groupDoc, type FieldDoc } from './fields.ts';

interface KeyBase {
  readonly name: string;
  /** Whether a policy may leave it out. */
  readonly optional: boolean;
}

/** A key of the policy language: a value, or a group of further keys. */
export type Key = (KeyBase & { readonly field: FieldDoc }) | (KeyBase & { readonly doc: string; readonly keys: readonly Key[] });

/** The keys of an object schema, those of its groups included. What is not documented is a mistake in the schema. */
export function keysOf(schema: z.ZodType): Key[] {
  return Object.entries(objectShape(schema)).map(([name, value]): Key => {
    const optional = value._zod.optin !== undefined;
    const field = fieldDoc(value);
    if (field !== undefined) return { name, optional, field };
    const inner = unwrap(value);
    const doc = groupDoc(inner);
    if (doc === undefined) throw new Error(`the policy key '${name}' has no documentation`);
    return { name, optional, doc, keys: keysOf(inner) };
  });
}

/** What an optional group, or one that may be left out, is a group of. */
function unwrap(schema: z.ZodType): z.ZodType {
  const def = schema.def as { type: string; innerType?: z.ZodType };
  return (def.type === 'optional' || def.type === 'prefault') && def.innerType !== undefined ? def.innerType : schema;
}

function objectShape(schema: z.ZodType): Record<string, z.ZodType> {
  return (schema.def as { shape?: Record<string, z.ZodType> }).shape ?? {};
}
