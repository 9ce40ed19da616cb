// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import type { PatchSeries, Problem, SignOff, Templates } from '@unspin/compiler';
import { fail, ok, type Diagnostic, type Result } from '@unspin/diagnostics';
import { locatePolicyValue, type LoadedPolicy } from '@unspin/policy';
import type { TreeFacts } from '@unspin/trees';
import { TOOL_VERSION } from '../../context.ts';
import { contentKey } from '../../module-cache.ts';
import { keptOr } from './kept.ts';
import { LAB_DIR, seriesDir } from './output.ts';
import { compileTemplates, type TemplateSources } from './templates.ts';
import type { Jobs } from './trees.ts';

export interface CompileOptions {
  readonly signOff?: SignOff | undefined;
  readonly neverCalled?: boolean | undefined;
  /** Where series of earlier runs are, and what names the program that runs; without it, everything is compiled. */
  readonly kept?: { readonly dir: string; readonly toolId: string } | undefined;
}

/** Compiles every job; the series by folder, or the errors of all of them. */
export async function compileJobs({ jobs, lab }: Jobs, sources: TemplateSources, { signOff, neverCalled = false, kept }: CompileOptions): Promise<Result<ReadonlyMap<string, PatchSeries>>> {
  const common = { toolVersion: TOOL_VERSION, ...(signOff === undefined ? {} : { signOff }) };
  let ready: Templates | undefined;
  const compiler = async () => {
    // Loaded with the first series that has to be compiled: mostly none has.
    const { compile, compileLab } = await import('@unspin/compiler');
    ready ??= await compileTemplates(sources, kept?.toolId);
    return { compile, compileLab, templates: ready };
  };
  const factsKeys = new Map<TreeFacts, string>();
  const factsKey = (facts: TreeFacts): string => {
    const known = factsKeys.get(facts) ?? contentKey(JSON.stringify(facts));
    factsKeys.set(facts, known);
    return known;
  };
  const orKept = (name: string, facts: TreeFacts, of: unknown, compile: () => Promise<PatchSeries | undefined>): Promise<PatchSeries | undefined> =>
    kept === undefined ? compile() : keptOr(join(kept.dir, `${name.replace('/', '-')}.json`), contentKey(kept.toolId, sources.key, factsKey(facts), JSON.stringify({ ...common, of })), compile);

  const series = new Map<string, PatchSeries>();
  const diagnostics: Diagnostic[] = [];
  for (const { loaded, facts } of jobs) {
    const { policy, file: policyFile } = loaded;
    const result = await orKept(`${facts.tree}/${policy.name}`, facts, { policy, policyFile, neverCalled }, async () => {
      const { compile, templates } = await compiler();
      const compiled = compile({ ...common, templates, neverCalled, policy, policyFile, facts });
      if (compiled.ok) return compiled.series;
      diagnostics.push(...(await place(compiled.problems, loaded)));
      return undefined;
    });
    if (result !== undefined) series.set(seriesDir(result, false), result);
  }
  if (diagnostics.length > 0) return fail(diagnostics);
  for (const facts of lab) {
    const result = await orKept(`${LAB_DIR}/${facts.tree}`, facts, LAB_DIR, async () => {
      const { compileLab, templates } = await compiler();
      return compileLab({ ...common, templates, facts });
    });
    if (result !== undefined) series.set(seriesDir(result, true), result);
  }
  return ok(series);
}

/** Turns policy paths into places in the policy's file. */
function place(problems: readonly Problem[], loaded: LoadedPolicy): Promise<Diagnostic[]> {
  return Promise.all(
    problems.map(async (p) => (p.path === undefined ? p.diagnostic : { ...p.diagnostic, at: await locatePolicyValue(loaded, p.path, p.onKey) })),
  );
}
