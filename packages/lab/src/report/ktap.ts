// SPDX-License-Identifier: MIT
import { totals, type Case, type Report, type Suite } from './result.ts';

/** A description may hold neither '#', which begins a directive, nor line ends. */
const plain = (text: string): string => text.replace(/\s*\n\s*/g, ' ').replaceAll('#', '').trim();
const diagnostic = (text: string): string[] => text.split('\n').map((line) => `# ${line}`.trimEnd());
const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

function caseLines(c: Case, n: number): string[] {
  const name = plain(c.name);
  switch (c.outcome.kind) {
    case 'skipped':
      return [`ok ${n} ${name} # SKIP ${plain(c.outcome.reason)}`];
    case 'ok':
      return [...(c.detail === '' ? [] : diagnostic(c.detail)), `ok ${n} ${name}`];
    case 'failed':
      return [...(c.detail === '' ? [] : diagnostic(c.detail)), ...(c.output ?? []).flatMap(diagnostic), `not ok ${n} ${name}`];
  }
}

function suiteLines(suite: Suite, n: number): string[] {
  const { ok, failed, skipped } = totals(suite.cases);
  const name = plain(suite.name);
  const result = failed > 0 ? `not ok ${n} ${name}` : ok === 0 && skipped > 0 ? `ok ${n} ${name} # SKIP every case was skipped` : `ok ${n} ${name}`;
  return [
    ...indent([
      'KTAP version 1',
      `# Subtest: ${name}`,
      ...Object.entries(suite.properties).map(([key, value]) => `# ${key}: ${plain(value)}`),
      `1..${suite.cases.length}`,
      ...suite.cases.flatMap((c, i) => caseLines(c, i + 1)),
      `# Totals: pass:${ok} fail:${failed} skip:${skipped} total:${suite.cases.length}`,
    ]),
    result,
  ];
}

/** KTAP version 1: a subtest for each suite, indented by two spaces. */
export const formatKtap = (report: Report): string =>
  ['KTAP version 1', `1..${report.suites.length}`, ...report.suites.flatMap((suite, i) => suiteLines(suite, i + 1)), ''].join('\n');
