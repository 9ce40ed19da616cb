// SPDX-License-Identifier: MIT
import junitReportBuilder, { type Builder } from 'junit-report-builder';
import type { Report } from './result.ts';

// The package is CommonJS and its types are written for a bundler: the default export is the builder itself.
const junit = junitReportBuilder as unknown as Builder;

// XML 1.0 has no way to write these, and consoles print them.
// eslint-disable-next-line no-control-regex
const clean = (text: string): string => text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '?');

/** JUnit XML as CI systems read it. */
export function formatJunit(report: Report): string {
  const builder = junit.newBuilder();
  for (const from of report.suites) {
    const suite = builder.testSuite().name(`${report.name} ${from.name}`).time(from.cases.reduce((sum, c) => sum + c.durationMs, 0) / 1000);
    for (const [key, value] of Object.entries(from.properties)) suite.property(key, clean(value));
    for (const c of from.cases) {
      const test = suite.testCase().className(`${report.name}.${from.name}`).name(c.name).time(c.durationMs / 1000);
      // The builder's <skipped/> takes no reason.
      if (c.outcome.kind === 'skipped') test.skipped().standardOutput(clean(`skipped: ${c.outcome.reason}`));
      if (c.outcome.kind === 'failed') test.failure(clean(c.detail), 'failed').standardError(clean((c.output ?? []).join('\n')));
      if (c.outcome.kind === 'ok' && c.detail !== '') test.standardOutput(clean(c.detail));
    }
  }
  return builder.build();
}
