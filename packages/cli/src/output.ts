// SPDX-License-Identifier: MIT
import { exitCode, formatDiagnostic, type Diagnostic } from '@unspin/diagnostics';
import type { Context } from './context.ts';
import { readShown } from './context.ts';

/** What a command hands back. `data` goes into its JSON object as it is, `text` to stdout of a plain run. */
export interface Outcome {
  readonly diagnostics: readonly Diagnostic[];
  readonly data?: Readonly<Record<string, unknown>>;
  readonly text?: string;
  /** Where it does not follow from the diagnostics. */
  readonly exitCode?: number;
}

export const outcomeCode = (outcome: Outcome): number => outcome.exitCode ?? exitCode(outcome.diagnostics);

/** Prints an outcome: one JSON object on stdout, or text on stdout and diagnostics on stderr. Returns the exit code. */
export function printOutcome(context: Context, command: string, json: boolean, outcome: Outcome): number {
  const code = outcomeCode(outcome);
  if (json) {
    const { diagnostics, data } = outcome;
    context.stdout(`${JSON.stringify({ ok: code === 0, command, exitCode: code, ...data, diagnostics }, null, 2)}\n`);
    return code;
  }
  if (outcome.text !== undefined && outcome.text !== '') context.stdout(outcome.text);
  if (outcome.diagnostics.length > 0) context.stderr(diagnosticsText(context, outcome.diagnostics));
  return code;
}

function diagnosticsText(context: Context, diagnostics: readonly Diagnostic[]): string {
  const options = { color: context.color, readSource: (file: string) => readShown(context, file) };
  const blocks = diagnostics.map((d) => formatDiagnostic(d, options));
  const errors = diagnostics.filter((d) => d.severity === 'error').length;
  const summary = errors === 0 ? '' : `\n\n${errors} error${errors === 1 ? '' : 's'}`;
  return `${blocks.join('\n\n')}${summary}\n`;
}

/** Errors that several trees or policies share are reported once. */
export function mergeDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Map<string, Diagnostic>();
  for (const d of diagnostics) {
    const key = JSON.stringify([d.code, d.message, d.at?.file, d.at?.line, d.at?.column, d.at?.path]);
    if (!seen.has(key)) seen.set(key, d);
  }
  return [...seen.values()];
}
