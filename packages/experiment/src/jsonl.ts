// SPDX-License-Identifier: MIT
/**
 * Results as JSON lines, the source of everything else that is said of a run. The first line is the experiment, then come
 * its trees, then its cells in the order of the plan, then repeats. Nothing in it tells when or where it was written.
 */
import { fail, hasErrors, ok, type Diagnostic, type Result } from '@unspin/diagnostics';
import * as z from 'zod';
import { experimentSchema, type Experiment } from './description.ts';
import { planOrder } from './plan.ts';
import { cellResultSchema, provenanceSchema, repeatSchema } from './result-schema.ts';
import { cellId, type CellResult, type RepeatCheck, type TreeProvenance } from './result.ts';

export const RESULTS_SCHEMA = 1;

/** All that is kept of one run of an experiment. */
export interface RunRecord {
  readonly experiment: Experiment;
  /** As typed, to be repeated. */
  readonly command: string;
  readonly provenance: readonly TreeProvenance[];
  readonly cells: readonly CellResult[];
  readonly repeats: readonly RepeatCheck[];
}

export const experimentLine = (experiment: Experiment, command: string): string => line({ kind: 'experiment', schema: RESULTS_SCHEMA, command, ...experiment });
export const treeLine = (provenance: TreeProvenance): string => line({ kind: 'tree', provenance });
export const cellLine = (result: CellResult): string => line({ kind: 'cell', ...result });
export const repeatLine = (repeat: RepeatCheck): string => line({ kind: 'repeat', ...repeat });

const line = (value: object): string => `${JSON.stringify(value)}\n`;

/** The whole file. Trees as the experiment names them, cells and repeats by plan: the order they ran in leaves no trace. */
export function writeJsonl(run: RunRecord): string {
  const { experiment } = run;
  const byPlan = planOrder(experiment);
  const place = (tree: string): number => (experiment.trees.includes(tree) ? experiment.trees.indexOf(tree) : experiment.trees.length);
  return [
    experimentLine(experiment, run.command),
    ...[...run.provenance].sort((a, b) => place(a.tree) - place(b.tree)).map(treeLine),
    ...[...run.cells].sort((a, b) => byPlan(a.cell, b.cell)).map(cellLine),
    ...[...run.repeats].sort((a, b) => byPlan(a.cell, b.cell)).map(repeatLine),
  ].join('');
}

const headSchema = z.looseObject({ kind: z.literal('experiment'), schema: z.literal(RESULTS_SCHEMA), command: z.string() });
const restSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('tree'), provenance: provenanceSchema }),
  cellResultSchema.extend({ kind: z.literal('cell') }),
  repeatSchema.extend({ kind: z.literal('repeat') }),
]);

/**
 * Reads results back and checks every line; all errors at once, each with its line. Half a line at the very end is what
 * an interrupted writer leaves: a warning, and what came before is given.
 */
export function readJsonl(text: string, file: string): Result<RunRecord> {
  const diagnostics: Diagnostic[] = [];
  const corrupt = (n: number, message: string) => void diagnostics.push({ code: 'RESULTS_CORRUPT', severity: 'error', message, at: { file, line: n, column: 1 } });
  const lines = text.split('\n');
  const unended = lines.pop() ?? '';
  if (unended !== '') {
    diagnostics.push({ code: 'RESULTS_TRUNCATED', severity: 'warning', message: 'the last line has no end and is left out: its writer was interrupted', at: { file, line: lines.length + 1, column: 1 } });
  }
  const [first, ...rest] = lines;
  const head = first === undefined ? undefined : readHead(first, (message) => corrupt(1, message));
  if (first === undefined) corrupt(1, 'no results: the first line must be the experiment');
  const known = new Set<string>();
  const run = { provenance: [] as TreeProvenance[], cells: [] as CellResult[], repeats: [] as RepeatCheck[] };
  for (const [i, each] of rest.entries()) {
    const n = i + 2;
    const read = readLine(each, restSchema, (message) => corrupt(n, message));
    if (read === undefined) continue;
    const id = read.kind === 'tree' ? `tree ${read.provenance.tree}` : `${read.kind} ${cellId(read.cell)}`;
    if (known.has(id) && read.kind !== 'repeat') corrupt(n, `${id} stands here a second time`);
    known.add(id);
    const stranger = head === undefined ? undefined : strangerIn(head.experiment, read.kind === 'tree' ? { tree: read.provenance.tree } : read.cell);
    if (stranger !== undefined) corrupt(n, `${id}: the experiment has no ${stranger}`);
    if (read.kind === 'tree') run.provenance.push(read.provenance);
    if (read.kind === 'cell') {
      const { kind: _kind, ...result } = read;
      run.cells.push(result);
    }
    if (read.kind === 'repeat') run.repeats.push({ cell: read.cell, first: read.first, again: read.again });
  }
  return head === undefined || hasErrors(diagnostics) ? fail(diagnostics) : ok({ ...head, ...run }, diagnostics);
}

type Complain = (message: string) => void;

function readHead(text: string, complain: Complain): { experiment: Experiment; command: string } | undefined {
  const head = readLine(text, headSchema, complain);
  if (head === undefined) return undefined;
  const { kind: _kind, schema: _schema, command, ...described } = head;
  const parsed = experimentSchema.safeParse(described);
  if (parsed.success) return { experiment: parsed.data, command };
  complain(issueText(parsed.error));
  return undefined;
}

function readLine<T>(text: string, schema: z.ZodType<T>, complain: Complain): T | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    complain(`no JSON: ${JSON.stringify(text.slice(0, 60))}${text.length > 60 ? ' …' : ''}`);
    return undefined;
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  complain(issueText(parsed.error));
  return undefined;
}

function issueText(error: z.ZodError): string {
  const [first] = error.issues;
  const more = error.issues.length > 1 ? ` (and ${error.issues.length - 1} more)` : '';
  return `${first?.path.join('.') ?? ''}: ${first?.message ?? error.message}${more}`.replace(/^: /, '');
}

function strangerIn({ trees, scenarios, arms }: Experiment, at: { readonly tree: string; readonly scenario?: string; readonly arm?: string }): string | undefined {
  if (!trees.includes(at.tree)) return `tree ${at.tree}`;
  if (at.scenario !== undefined && !Object.hasOwn(scenarios, at.scenario)) return `scenario ${at.scenario}`;
  if (at.arm !== undefined && !Object.hasOwn(arms, at.arm)) return `arm ${at.arm}`;
  return undefined;
}
