// SPDX-License-Identifier: MIT
/** The generated types are those of the schema, and an editor shows what they say at the keys of a policy. */
import { join, resolve } from 'node:path';
import { Project, SyntaxKind, type PropertyAssignment } from 'ts-morph';
import { expect, it } from 'vitest';
import type * as z from 'zod';
import { policySchema, type PolicyInput } from '../src/index.ts';
import { keysOf, type Key } from '../src/keys.ts';

/** TS6133: units this policy does not need. */
const UNUSED = 6133;

type FromSchema = z.input<typeof policySchema>;
/** Where keys may be left out, types that lack one are assignable all the same. */
type Full<T> = T extends readonly unknown[] | string | boolean ? T : T extends object ? { [K in keyof T]-?: Full<Exclude<T[K], undefined>> } : T;
type Both<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

/** Checked by tsc: a type that differs is an error here. */
const SAME: readonly [Both<PolicyInput, FromSchema>, Both<Full<PolicyInput>, Full<FromSchema>>] = [true, true];
const TELLS: readonly [Both<{ a?: 1 }, { a?: 2 }>, Both<{ a?: 1 }, { a: 1 }>, Both<Full<{ a?: { b?: 1 } }>, Full<{ a?: { b?: 1; c?: 1 } }>>] = [false, false, false];

const EVERY_KEY = `import { cycles, definePolicy, factor, iterations, ms, ns, pauses, schedules, us } from '@unspin/policy';
export default definePolicy(${literal(keysOf(policySchema))});
`;

/** A policy that writes every key; values are of no matter to what is shown at keys. */
function literal(keys: readonly Key[]): string {
  return `{ ${keys.map((key) => `${key.name}: ${'field' in key ? (/^\w+/.exec(key.field.written)?.[0] ?? 'void 0 as never') + (key.field.written === '' ? '' : '(1)') : literal(key.keys)}`).join(', ')} }`;
}

it('has the types of the schema', () => {
  expect(SAME).toEqual([true, true]);
  expect(TELLS).toEqual([false, false, false]);
});

/** Types of all that is imported are read, on a busy machine beside other tests. */
const SLOW_MS = 240_000;

it('an editor shows unit, range, default and source at every key of a policy', { timeout: SLOW_MS }, () => {
  const policies = resolve(import.meta.dirname, '../../../policies');
  const project = new Project({ tsConfigFilePath: join(policies, 'tsconfig.json'), skipAddingFilesFromTsConfig: true });
  const file = project.createSourceFile(join(policies, 'every-key.policy.ts'), EVERY_KEY);
  const service = project.getLanguageService().compilerObject;
  const shown = (property: PropertyAssignment): string => (service.getQuickInfoAtPosition(file.getFilePath(), property.getNameNode().getStart())?.documentation ?? []).map((part) => part.text).join('');
  const pathOf = (property: PropertyAssignment): string => [...property.getAncestors().filter((a) => a.isKind(SyntaxKind.PropertyAssignment)).reverse(), property].map((p) => p.getName()).join('.');

  expect(file.getPreEmitDiagnostics().filter((d) => d.getCode() !== UNUSED).map((d) => d.getMessageText())).toEqual([]);
  const comments = new Map(file.getDescendantsOfKind(SyntaxKind.PropertyAssignment).map((property) => [pathOf(property), shown(property)]));
  expect(comments.get('debooster.maxPenaltyNs')).toBe(
    'The most virtual run time a yielding vCPU is charged for one directed yield. A yield that needs more is refused and counted.\n\n' +
      'Unit: ns, written ns(…), us(…) or ms(…). Range: 0 to 1000000000 ns. Default: 6000000 ns.\n' +
      'Source: Ishiguro et al., VEE 2021 lowers the yielder without a bound; two base slices of EEVDF bound it here',
  );
  const wanted = (prefix: string, keys: readonly Key[]): [string, string[]][] =>
    keys.flatMap((key) => {
      if (!('field' in key)) return [[prefix + key.name, [key.doc]], ...wanted(`${prefix}${key.name}.`, key.keys)];
      const { doc, unit, range, default: missing, source } = key.field;
      return [[prefix + key.name, [doc, unit, `Range: ${range}.`, `Default: ${missing}.`, `Source: ${source}`]]];
    });
  const all = wanted('', keysOf(policySchema));
  expect([...comments.keys()].sort()).toEqual(all.map(([path]) => path).sort());
  expect(all.flatMap(([path, parts]) => parts.filter((part) => !comments.get(path)?.includes(part)).map((part) => `${path}: ${part}`))).toEqual([]);
});
