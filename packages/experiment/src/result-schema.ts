// SPDX-License-Identifier: MIT
/** The results' types again, as schemas: what is read back from a file is checked. */
import * as z from 'zod';
import type { CellResult, JournalEntry, RepeatCheck, TreeProvenance } from './result.ts';

const amount = z.number().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a sha256 in hex');

export const cellSchema = z.strictObject({ tree: z.string(), scenario: z.string(), arm: z.string(), seed: z.int().min(1) });

const vmResultSchema = z.strictObject({
  name: z.string(),
  reports: z.record(z.string(), z.number()),
  latencies: z.record(z.string(), z.strictObject({ counts: z.array(amount) })),
  vCpus: z.array(z.strictObject({ runNs: amount, stealNs: amount, spinNs: amount.optional() })),
  counters: z.record(z.string(), z.number()),
});

const measurementsSchema = z.strictObject({
  loadNs: amount,
  vms: z.array(vmResultSchema),
  host: z.record(z.string(), z.number()),
  timeline: z.strictObject({ windowNs: amount, runNs: z.record(z.string(), z.array(amount)) }),
});

const outcomeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('done'), measurements: measurementsSchema }),
  z.strictObject({ kind: z.literal('failed'), verdict: z.string(), evidence: z.string() }),
]);

const attempt = { verdict: z.string(), bytes: z.string().exactOptional(), outside: z.literal(true).exactOptional() };

export const cellResultSchema = z.strictObject({ cell: cellSchema, outcome: outcomeSchema, consoleSha256: z.string(), attempts: z.array(z.strictObject(attempt)).exactOptional() }) satisfies z.ZodType<CellResult>;

export const provenanceSchema = z.strictObject({
  tree: z.string(),
  version: z.string(),
  patches: z.array(z.strictObject({ name: z.string(), sha256 })),
  labPatches: z.array(z.union([z.string().transform((name): { readonly name: string; readonly sha256?: string } => ({ name })), z.strictObject({ name: z.string(), sha256: sha256.exactOptional() })])),
  configSha256: z.string(),
  kernelSha256: z.string(),
  gcc: z.string(),
  qemu: z.string(),
  guestQemu: z.string(),
  imagesSha256: sha256.exactOptional(),
  guestPrograms: z.array(z.strictObject({ name: z.string(), sha256, package: z.strictObject({ name: z.string(), version: z.string() }).exactOptional() })).exactOptional(),
  accel: z.string(),
  accelReason: z.string(),
}) satisfies z.ZodType<TreeProvenance>;

export const journalEntrySchema = z.strictObject({
  cell: cellSchema,
  attempt: z.int().min(1),
  seconds: amount,
  evidence: z.string(),
  ...attempt,
}) satisfies z.ZodType<JournalEntry>;

export const repeatSchema = z.strictObject({ cell: cellSchema, first: z.string(), again: z.string() }) satisfies z.ZodType<RepeatCheck>;
