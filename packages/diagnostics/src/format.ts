// SPDX-License-Identifier: MIT
import { codeFrameColumns } from '@babel/code-frame';
import { CODES } from './codes.ts';
import type { Diagnostic } from './diagnostic.ts';

export interface FormatOptions {
  readonly color: boolean;
  /** Returns a file's text for the code frame, or undefined where it cannot be read. */
  readonly readSource: (file: string) => string | undefined;
}

/** One diagnostic as text: position, code, message, code frame and help. */
export function formatDiagnostic(diagnostic: Diagnostic, options: FormatOptions): string {
  const { at } = diagnostic;
  const where = at === undefined ? '' : `${at.file}:${at.line}:${at.column}: `;
  const path = at?.path === undefined ? '' : ` (at ${at.path})`;
  const lines = [`${where}${diagnostic.severity} ${diagnostic.code}: ${diagnostic.message}${path}`];
  const source = at === undefined ? undefined : options.readSource(at.file);
  if (at !== undefined && source !== undefined) {
    lines.push(
      codeFrameColumns(source, { start: { line: at.line, column: at.column } }, { highlightCode: options.color, linesAbove: 2, linesBelow: 2 }),
    );
  }
  if (diagnostic.help !== undefined) lines.push(`  help: ${diagnostic.help}`);
  return lines.join('\n');
}

/** The exit code a set of diagnostics leads to: usage (2) wins over invalid (1); warnings alone give 0. */
export function exitCode(diagnostics: readonly Diagnostic[]): number {
  return diagnostics
    .filter((d) => d.severity === 'error')
    .reduce((code, d) => Math.max(code, CODES[d.code].exit), 0);
}
