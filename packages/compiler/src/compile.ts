// SPDX-License-Identifier: MIT
/**
 * The pipeline, in one place. Each stage is a function from one named type to the next:
 *
 *   1. parse    policy file → Policy                    @unspin/policy
 *   2. resolve  Policy + TreeFacts → BoundPolicy        resolve.ts
 *   3. check    targets, conflicts, features            check.ts
 *   4. lower    BoundPolicy → PlannedPatch[]            mechanisms/*.ts
 *   5. render   templates + data → text                 render.ts
 *   6. diff     excerpts before and after → PatchSeries diff.ts, series.ts
 *
 * Pure: no file system, no clock, no programs. Expected failures are returned.
 */
import type { Policy } from '@unspin/policy';
import type { TreeFacts } from '@unspin/trees';
import { applyPatches } from './apply.ts';
import { checkPolicy, checkTree } from './check.ts';
import type { Mechanism } from './mechanism.ts';
import { MECHANISMS } from './mechanisms/index.ts';
import { labL1Patches } from './mechanisms/lab.ts';
import type { PlannedPatch } from './plan.ts';
import type { Problem } from './problem.ts';
import type { Templates } from './render.ts';
import { bindTree, resolve } from './resolve.ts';
import { formatSeries, type PatchSeries, type SeriesHeader, type SignOff } from './series.ts';

export interface CompileRequest {
  readonly policy: Policy;
  /** The policy's file as headers name it. */
  readonly policyFile: string;
  readonly facts: TreeFacts;
  readonly templates: Templates;
  readonly toolVersion: string;
  readonly signOff?: SignOff;
  /** For the lab's negative control: leaves out the edits at which existing code calls the mechanisms. */
  readonly neverCalled?: boolean;
}

export type CompileResult = { readonly ok: true; readonly series: PatchSeries } | { readonly ok: false; readonly problems: readonly Problem[] };

/** One policy for one tree. Returns the series, or every problem of resolving and checking at once. */
export function compile(request: CompileRequest): CompileResult {
  const { policy, facts } = request;
  const unmet = checkTree(policy, facts, MECHANISMS);
  const { bound, problems } = resolve(policy, facts, MECHANISMS);
  const found = [...checkPolicy(policy, MECHANISMS), ...unmet, ...(unmet.length > 0 ? [] : problems)];
  if (found.length > 0) return { ok: false, problems: found };

  const planned = bound.mechanisms.flatMap((m) => (request.neverCalled === true ? withoutHooks(m, m.lower(policy, bound.tree)) : m.lower(policy, bound.tree)));
  const patches = applyPatches(planned, facts, request.templates);
  const header = seriesHeader(request, { name: policy.name, description: policy.description, input: request.policyFile, command: `pnpm gen ${policy.name}` });
  return { ok: true, series: { tree: facts.tree, policy: policy.name, files: formatSeries(header, patches) } };
}

const withoutHooks = ({ hooks }: Mechanism, patches: readonly PlannedPatch[]): readonly PlannedPatch[] =>
  patches.map((patch) => ({ ...patch, edits: patch.edits.filter((edit) => edit.kind === 'addFile' || !hooks.includes(edit.site)) }));

/** The lab-only patches of a host kernel that runs under QEMU's TCG. Never part of a policy's series. */
export function compileLab(request: Omit<CompileRequest, 'policy' | 'policyFile'>): PatchSeries {
  const { facts } = request;
  const patches = applyPatches(labL1Patches(bindTree(facts)), facts, request.templates);
  const header = seriesHeader(request, {
    name: 'lab-l1',
    description: 'Lab only, for the L1 host kernel under TCG: an exit after every injected interrupt, and a pause filter in software. Not a remedy and not for production.',
    input: 'kernel-templates/lab',
    command: 'pnpm gen',
  });
  return { tree: facts.tree, policy: 'lab-l1', files: formatSeries(header, patches) };
}

function seriesHeader(request: Omit<CompileRequest, 'policy' | 'policyFile'>, names: Pick<SeriesHeader, 'name' | 'description' | 'input' | 'command'>): SeriesHeader {
  const { facts, toolVersion, signOff } = request;
  return { ...names, tree: facts.tree, version: facts.version, toolVersion, ...(signOff === undefined ? {} : { signOff }) };
}
