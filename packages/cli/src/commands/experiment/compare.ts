// SPDX-License-Identifier: MIT
import { summarize, type RunRecord, type Summary } from '@unspin/experiment';
import { compareRuns, formatComparison } from '@unspin/report';
import type { Context } from '../../context.ts';
import type { Outcome } from '../../output.ts';
import { readRecord } from './reports.ts';

/** What changed between two runs of one experiment. */
export function runLabCompare(context: Context, before: string, after: string): Outcome {
  const [old, now] = [readRecord(context, before), readRecord(context, after)];
  if (!old.ok || !now.ok) return { diagnostics: [...old.diagnostics, ...now.diagnostics] };
  const summary = ({ experiment, provenance, cells, command, repeats }: RunRecord): Summary => summarize(experiment, provenance, cells, { command, repeats });
  const comparison = compareRuns(summary(old.value), summary(now.value));
  return { diagnostics: [...old.diagnostics, ...now.diagnostics], data: { comparison }, text: formatComparison(comparison) };
}
