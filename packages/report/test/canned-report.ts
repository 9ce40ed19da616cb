// SPDX-License-Identifier: MIT
import { summarize, type RunRecord, type Summary } from '@unspin/experiment';
import { cannedRun, type CannedOptions } from '../../experiment/test/canned.ts';

export interface CannedReport {
  readonly run: RunRecord;
  readonly summary: Summary;
}

export function cannedReport(options: CannedOptions = {}): CannedReport {
  const run = cannedRun(options);
  return { run, summary: summarize(run.experiment, run.provenance, run.cells, run) };
}
