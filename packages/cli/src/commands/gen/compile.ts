// SPDX-License-Identifier: MIT
import { compile, compileLab, type PatchSeries, type Problem, type SignOff, type Templates } from '@unspin/compiler';
import { fail, ok, type Diagnostic, type Result } from '@unspin/diagnostics';
import { locatePolicyValue, type LoadedPolicy } from '@unspin/policy';
import { TOOL_VERSION } from '../../context.ts';
import { seriesDir } from './output.ts';
import type { Jobs } from './trees.ts';

/** Compiles every job; the series by folder, or the errors of all of them. */
export async function compileJobs({ jobs, lab }: Jobs, templates: Templates, signOff: SignOff | undefined, neverCalled = false): Promise<Result<ReadonlyMap<string, PatchSeries>>> {
  const common = { templates, toolVersion: TOOL_VERSION, ...(signOff === undefined ? {} : { signOff }) };
  const series = new Map<string, PatchSeries>();
  const diagnostics: Diagnostic[] = [];
  for (const { loaded, facts } of jobs) {
    const result = compile({ ...common, neverCalled, policy: loaded.policy, policyFile: loaded.file, facts });
    if (result.ok) series.set(seriesDir(result.series, false), result.series);
    else diagnostics.push(...(await place(result.problems, loaded)));
  }
  if (diagnostics.length > 0) return fail(diagnostics);
  for (const facts of lab) {
    const result = compileLab({ ...common, facts });
    series.set(seriesDir(result, true), result);
  }
  return ok(series);
}

/** Turns policy paths into places in the policy's file. */
function place(problems: readonly Problem[], loaded: LoadedPolicy): Promise<Diagnostic[]> {
  return Promise.all(
    problems.map(async (p) => (p.path === undefined ? p.diagnostic : { ...p.diagnostic, at: await locatePolicyValue(loaded, p.path, p.onKey) })),
  );
}
