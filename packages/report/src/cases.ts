// SPDX-License-Identifier: MIT
/** A run as the lab's Report, for KTAP and JUnit: a suite for each tree, and one for the whole run. */
import { cellId, type Effect, type Summary, type TreeProvenance } from '@unspin/experiment';
import { provenanceProperties, type Case, type Report, type Suite } from '@unspin/lab';
import { scenarioTitle } from './names.ts';
import { controlHolds, controlSentence } from './control.ts';
import { comparisonsSentence, effectSentence, repeatSentence, retriedText, unequalRetries, unequalRetriesSentence } from './sentences.ts';
import { clockSentence } from './clocks.ts';
import { originOf, patchText, short } from './provenance.ts';

const made = (name: string, outcome: Case['outcome'], detail = '', output: readonly string[] = []): Case => ({ name, outcome, detail, durationMs: 0, ...(output.length === 0 ? {} : { output }) });
const OK = { kind: 'ok' } as const;
const FAILED = { kind: 'failed' } as const;

/**
 * What fails is the lab: cells that did not finish, repeats with other bytes, a negative control that shows an effect. A claim
 * is a finding, good or bad, and passes; a comparison that can claim nothing for lack of pairs is skipped, and says so.
 */
export function toReport(summary: Summary): Report {
  return { name: `experiment ${summary.experiment.name}`, suites: [...summary.experiment.trees.map((tree) => treeSuite(summary, tree)), runSuite(summary)] };
}

function treeSuite(summary: Summary, tree: string): Suite {
  const { experiment } = summary;
  const provenance = summary.provenance.find((p) => p.tree === tree);
  const cells = Object.keys(experiment.scenarios).flatMap((scenario) => Object.keys(experiment.arms).map((arm) => cellsCase(summary, tree, scenario, arm)));
  return {
    name: tree,
    properties: { ...(provenance === undefined ? { tree } : properties(provenance, experiment.clock)), seeds: `1 to ${experiment.seeds}`, command: summary.command },
    cases: [...cells, ...summary.effects.filter((e) => e.tree === tree).map((e) => effectCase(summary, e))],
  };
}

const properties = (p: TreeProvenance, clock: string): Readonly<Record<string, string>> => ({
  ...provenanceProperties({ tree: p.tree, version: p.version, patches: p.patches, labPatches: p.labPatches.map(patchText), configHash: p.configSha256, gcc: p.gcc, qemu: `${p.qemu}, guests ${p.guestQemu}`, clock, accel: { kind: p.accel, reason: p.accelReason } }),
  kernel: `sha256:${short(p.kernelSha256)}`,
  ...(p.imagesSha256 === undefined ? {} : { images: `sha256:${short(p.imagesSha256)}` }),
  ...Object.fromEntries((p.guestPrograms ?? []).map((program) => [`program ${program.name}`, `${originOf(program)} sha256:${short(program.sha256)}`])),
});

function cellsCase(summary: Summary, tree: string, scenario: string, arm: string): Case {
  const name = `${scenario} ${arm}: cells`;
  const of = summary.cells.filter(({ cell }) => cell.tree === tree && cell.scenario === scenario && cell.arm === arm);
  const failed = summary.reliability.failed.filter(({ cell }) => cell.tree === tree && cell.scenario === scenario && cell.arm === arm);
  const { seeds } = summary.experiment;
  const finished = `${of.length - failed.length} of ${seeds} finished`;
  if (failed.length > 0) return made(name, FAILED, finished, failed.map((f) => `${cellId(f.cell)}: ${f.verdict}: ${f.evidence}`));
  if (of.length === 0) return made(name, { kind: 'skipped', reason: 'not run' });
  return made(name, OK, finished);
}

function effectCase(summary: Summary, effect: Effect): Case {
  const name = `${effect.scenario} ${effect.metric}: ${effect.arm} against ${effect.baseline}`;
  const sentence = effectSentence(summary, effect);
  return effect.claim === 'too few pairs' ? made(name, { kind: 'skipped', reason: `${scenarioTitle(summary.experiment, effect.scenario)}: ${effect.claim}: ${effect.reason ?? ''}` }) : made(name, OK, sentence);
}

function runSuite(summary: Summary): Suite {
  const { repeats } = summary.reliability;
  const unequal = repeats.filter((r) => !r.equal);
  const virtual = summary.experiment.clock === 'virtual';
  const repeated =
    repeats.length === 0 ? made('repeats give the same bytes', { kind: 'skipped', reason: 'no cell was run a second time' })
    : unequal.length === 0 ? made('repeats give the same bytes', OK, repeatSentence(summary))
    : virtual ? made('repeats give the same bytes', FAILED, repeatSentence(summary), unequal.map((r) => cellId(r.cell)))
    : made('repeats give the same bytes', { kind: 'skipped', reason: "not on the machine's own time" });
  const { retried } = summary.reliability;
  const failed = unequalRetries(summary);
  const retries =
    failed.length > 0 ? [made('retries give the same bytes', FAILED, unequalRetriesSentence(summary), failed.map(retriedText))]
    : retried.length > 0 && virtual ? [made('retries give the same bytes', OK, retried.map(retriedText).join('; '))]
    : [];
  const empty = summary.emptyMetrics.map((metric) => made(`metric ${metric}`, FAILED, 'no cell gave a number for it'));
  return {
    name: 'run',
    properties: { comparisons: comparisonsSentence(summary), times: clockSentence(summary) },
    cases: [repeated, ...retries, ...controlCase(summary), ...empty],
  };
}

function controlCase(summary: Summary): Case[] {
  const sentence = controlSentence(summary);
  if (sentence === undefined) return [];
  if (summary.comparisons.made === 0) return [made('negative control', { kind: 'skipped', reason: 'no interval could be made' })];
  return [made('negative control', controlHolds(summary) ? OK : FAILED, sentence)];
}
