// SPDX-License-Identifier: MIT
import { totals, type Case, type Report } from './result.ts';

const MARK = { ok: 'ok  ', failed: 'FAIL', skipped: 'SKIP' } as const;

function seconds(ms: number): string {
  return ms < 100 ? '' : ` (${(ms / 1000).toFixed(1)} s)`;
}

function caseLines(c: Case): string[] {
  const said = c.outcome.kind === 'skipped' ? c.outcome.reason : c.detail;
  const [first = '', ...rest] = said.split('\n');
  const head = `  ${MARK[c.outcome.kind]} ${c.name}${seconds(c.durationMs)}${first === '' ? '' : `: ${first}`}`;
  return [head, ...[...rest, ...(c.outcome.kind === 'failed' ? (c.output ?? []) : [])].map((line) => `       ${line}`.trimEnd())];
}

/** For people. */
export function formatText(report: Report): string {
  const all = totals(report.suites.flatMap((suite) => suite.cases));
  return [
    ...report.suites.flatMap((suite) => [
      `${report.name}: ${suite.name}`,
      ...Object.entries(suite.properties).map(([key, value]) => `  ${key}: ${value}`),
      ...suite.cases.flatMap(caseLines),
      '',
    ]),
    `${all.ok} ok, ${all.failed} failed, ${all.skipped} skipped`,
    '',
  ].join('\n');
}
