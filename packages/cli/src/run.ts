// SPDX-License-Identifier: MIT
import { CommanderError } from 'commander';
import type { Diagnostic } from '@unspin/diagnostics';
import type { Context } from './context.ts';
import { printOutcome, type Outcome } from './output.ts';
import { makeProgram } from './program.ts';
import { unexpected } from './unexpected.ts';

/** Runs one command line and returns its exit code. Nothing below it ends the process. */
export async function run(argv: readonly string[], context: Context): Promise<number> {
  const json = argv.includes('--json');
  let command = argv.find((a) => !a.startsWith('-')) ?? '';
  let outcome: Outcome | undefined;
  const program = makeProgram(context, (name, result) => {
    command = name;
    outcome = result;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    outcome = failure(error);
  }
  return outcome === undefined ? 0 : printOutcome(context, command, json, outcome);
}

/** Usage errors and bugs; anything expected comes back as an outcome. Help and version are no failure. */
function failure(error: unknown): Outcome | undefined {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return undefined;
    const message = error.message.replace(/^error: /, '');
    return { diagnostics: [usage(message === '(outputHelp)' ? 'no command given' : message)] };
  }
  return { diagnostics: [unexpected(error)] };
}

const usage = (message: string): Diagnostic => ({ code: 'USAGE', severity: 'error', message, help: './unspin --help, or ./unspin COMMAND --help' });
