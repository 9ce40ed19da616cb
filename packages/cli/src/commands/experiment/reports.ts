// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatJunit, formatKtap } from '@unspin/lab';
import { fail, ok, type Diagnostic, type Result } from '@unspin/diagnostics';
import { journalEntrySchema, readJsonl, summarize, writeJsonl, type JournalEntry, type RunRecord, type Summary } from '@unspin/experiment';
import { formatText, renderHtml, toReport } from '@unspin/report';
import { shownPath, userPath, type Context } from '../../context.ts';
import type { Outcome } from '../../output.ts';
import { writeOutput } from '../gen/write.ts';

export interface WrittenReports {
  readonly summary: Summary;
  readonly files: readonly string[];
  readonly text: string;
}

/** Writes results and every report made of them, each file whole or not at all. `shown` is the folder as printed. */
export function writeReports(dir: string, shown: string, record: RunRecord, journal: readonly JournalEntry[]): Result<WrittenReports> {
  const summary = summarize(record.experiment, record.provenance, record.cells, { command: record.command, repeats: record.repeats, journal });
  const report = toReport(summary);
  const files: readonly (readonly [string, string])[] = [
    ['results.jsonl', writeJsonl(record)],
    ['journal.jsonl', journal.map((entry) => `${JSON.stringify(entry)}\n`).join('')],
    ['report.html', renderHtml(summary, record.cells)],
    ['report.ktap', formatKtap(report)],
    ['report.junit.xml', formatJunit(report)],
  ];
  const done = writeOutput(dir, shown, files.map(([path, text]) => ({ path, old: undefined, new: text })));
  if (!done.ok) return done;
  return ok({ summary, files: files.map(([name]) => `${shown}/${name}`), text: `${formatText(summary, record.cells)}\nresults and report: ${shown}/results.jsonl, report.html, report.ktap, report.junit.xml\n` });
}

export interface ReportOptions {
  readonly out?: string;
}

/** Makes the reports anew from results of an earlier run, or of another machine. */
export function runLabReport(context: Context, file: string, options: ReportOptions): Outcome {
  const record = readRecord(context, file);
  if (!record.ok) return record;
  const dir = options.out === undefined ? join(userPath(context, file), '..') : userPath(context, options.out);
  const journal = readJournal(join(userPath(context, file), '..', 'journal.jsonl'));
  const written = writeReports(dir, shownPath(context, dir), record.value, journal);
  if (!written.ok) return written;
  return { diagnostics: record.diagnostics, data: { summary: written.value.summary, files: written.value.files }, text: written.value.text };
}

/** Results as `lab run` left them. */
export function readRecord(context: Context, file: string): Result<RunRecord> {
  const path = userPath(context, file);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return fail([notReadable(shownPath(context, path), error)]);
  }
  return readJsonl(text, shownPath(context, path));
}

const notReadable = (shown: string, error: unknown): Diagnostic => ({
  code: 'RESULTS_NOT_FOUND',
  severity: 'error',
  message: `${shown} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`,
  help: 'name the results.jsonl that unspin lab run wrote',
});

/** What the machine of a run had to say of it; not there where results came from elsewhere. */
function readJournal(path: string): readonly JournalEntry[] {
  try {
    return journalEntrySchema.array().parse(readFileSync(path, 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as unknown));
  } catch {
    return [];
  }
}
