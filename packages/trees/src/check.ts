// SPDX-License-Identifier: MIT

/** Compares recorded facts with a tree at hand, hunk by hunk. */
import { structuredPatch } from 'diff';
import { ok } from '@unspin/diagnostics';
import type { Diagnostic, Result } from '@unspin/diagnostics';
import { surveyTree } from './extract.ts';
import type { ExtractInput, Survey } from './extract.ts';
import type { SiteFacts, TreeFacts, Window } from './facts.ts';

export type DriftEntry =
  /** A feature probe answers otherwise than recorded; undefined where it was not asked or is no longer. */
  | { readonly kind: 'feature'; readonly name: string; readonly was: boolean | undefined; readonly now: boolean | undefined }
  /** The excerpt reads the same, `by` lines further down (negative: up). */
  | ({ readonly kind: 'moved'; readonly by: number } & Hunk)
  /** All sites are there and lines around them changed; `touchesContext` where a hunk's three lines are among these. */
  | ({ readonly kind: 'context'; readonly touchesContext: boolean; readonly diff: string } & Hunk)
  /** A recorded site is not found, or found several times. `diff` shows the excerpt at the likeliest place, or is ''. */
  | ({ readonly kind: 'lost' | 'ambiguous' } & Loss)
  /** A site is in another file or function, or spelled otherwise, than recorded. */
  | { readonly kind: 'rebound'; readonly site: string; readonly was: SiteFacts; readonly now: SiteFacts }
  /** The tree has a site the facts do not record. */
  | { readonly kind: 'unrecorded'; readonly site: string }
  /** The facts record a site that is no longer described, or whose feature gate fails here. */
  | { readonly kind: 'dropped'; readonly site: string };

interface Loss {
  readonly site: string;
  readonly file: string;
  /** Recorded line of the site. */
  readonly line: number;
  readonly diff: string;
  readonly diagnostic: Diagnostic;
}

interface Hunk {
  readonly file: string;
  /** Recorded first line of the excerpt. */
  readonly line: number;
  /** First line of the excerpt in the tree at hand. */
  readonly newLine: number;
  readonly sites: readonly string[];
}

export interface DriftReport {
  readonly tree: string;
  readonly recordedVersion: string;
  readonly version: string;
  /** Empty where the facts describe the tree to the letter. */
  readonly entries: readonly DriftEntry[];
}

/**
 * The report is a value even where the drift is fatal: its diagnostics are errors where the facts must be extracted
 * anew, and warnings where patches made from them still apply.
 */
export function checkFacts(recorded: TreeFacts, input: Omit<ExtractInput, 'tree'>): Result<DriftReport> {
  const survey = surveyTree({ ...input, tree: recorded.tree });
  if (!survey.ok) return survey;
  const entries = [...featureDrift(recorded, survey.value), ...siteDrift(recorded, survey.value), ...hunkDrift(recorded, survey.value)];
  const report = { tree: recorded.tree, recordedVersion: recorded.version, version: survey.value.version, entries };
  return ok(report, entries.map((entry) => toDiagnostic(entry, report, survey.value)));
}

function featureDrift(recorded: TreeFacts, survey: Survey): readonly DriftEntry[] {
  const names = [...new Set([...Object.keys(recorded.features), ...Object.keys(survey.features)])].sort();
  return names
    .map((name) => ({ kind: 'feature' as const, name, was: recorded.features[name], now: survey.features[name] }))
    .filter(({ was, now }) => was !== now);
}

function siteDrift(recorded: TreeFacts, survey: Survey): readonly DriftEntry[] {
  const entries: DriftEntry[] = [];
  for (const [site, resolution] of survey.resolutions) {
    const was = recorded.sites[site];
    if (was === undefined && resolution.kind !== 'gated') entries.push({ kind: 'unrecorded', site });
    if (was === undefined) continue;
    if (resolution.kind === 'gated') entries.push({ kind: 'dropped', site });
    if (resolution.kind === 'lost') {
      const window = windowOf(recorded, was);
      const kind = resolution.diagnostic.code === 'TREE_ANCHOR_AMBIGUOUS' ? 'ambiguous' : 'lost';
      const diff = window === undefined ? '' : diffAtLikeliestPlace(window, was.file, survey);
      entries.push({ kind, site, file: was.file, line: was.line, diff, diagnostic: resolution.diagnostic });
    }
    if (resolution.kind === 'found') {
      const now = resolution.facts;
      const same = was.file === now.file && was.function === now.function && was.variant === now.variant;
      if (!same) entries.push({ kind: 'rebound', site, was, now });
    }
  }
  const unknown = Object.keys(recorded.sites).filter((site) => !survey.resolutions.has(site));
  return [...entries, ...unknown.map((site) => ({ kind: 'dropped' as const, site }))];
}

function hunkDrift(recorded: TreeFacts, survey: Survey): readonly DriftEntry[] {
  return Object.entries(recorded.files).flatMap(([file, { windows }]) => {
    return windows.flatMap((window) => windowDrift(file, window, recorded, survey));
  });
}

/** Only for windows all of whose sites are still bound to the same file; the others have entries by site. */
function windowDrift(file: string, window: Window, recorded: TreeFacts, survey: Survey): readonly DriftEntry[] {
  const ids = Object.keys(recorded.sites).filter((id) => recorded.sites[id]?.file === file && contains(window, recorded.sites[id].line));
  const pairs: { was: SiteFacts; now: SiteFacts }[] = [];
  for (const id of ids) {
    const was = recorded.sites[id];
    const now = survey.resolutions.get(id);
    if (was === undefined || now?.kind !== 'found' || now.facts.file !== file) return [];
    pairs.push({ was, now: now.facts });
  }
  const [first] = pairs;
  const last = pairs.reduce((a, b) => (b.was.line > (a?.was.line ?? 0) ? b : a), first);
  if (first === undefined || last === undefined) return [];
  const top = pairs.reduce((a, b) => (b.was.line < a.was.line ? b : a), first);
  const lines = survey.sources.get(file)?.lines ?? [];
  const start = Math.max(1, top.now.line - (top.was.line - window.start));
  const end = last.now.line + last.now.length + (window.start + window.lines.length - (last.was.line + last.was.length)) - 1;
  const now = lines.slice(start - 1, Math.max(start - 1, end));
  const hunk = { file, line: window.start, newLine: start, sites: ids };
  if (!sameLines(window.lines, now)) {
    const touchesContext = pairs.some(({ was, now: at }) => was.hash !== at.hash);
    return [{ kind: 'context', touchesContext, diff: windowDiff(window, start, now, file), ...hunk }];
  }
  return start === window.start ? [] : [{ kind: 'moved', by: start - window.start, ...hunk }];
}

const contains = (window: Window, line: number): boolean => line >= window.start && line < window.start + window.lines.length;

const windowOf = (recorded: TreeFacts, site: SiteFacts): Window | undefined =>
  recorded.files[site.file]?.windows.find((window) => contains(window, site.line));

const sameLines = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((line, i) => line === b[i]);

/** The place where most of the window's lines stand as recorded, if a third of them do; the nearest of equals. */
function diffAtLikeliestPlace(window: Window, file: string, survey: Survey): string {
  const lines = survey.sources.get(file)?.lines ?? [];
  let best = { start: 0, score: Math.max(1, window.lines.length / 3) };
  for (let start = 1; start <= lines.length; start++) {
    const score = window.lines.filter((line, i) => line.trim() !== '' && line === lines[start - 1 + i]).length;
    const nearer = Math.abs(start - window.start) < Math.abs(best.start - window.start);
    if (score > best.score || (score === best.score && nearer)) best = { start, score };
  }
  if (best.start === 0) return '';
  return windowDiff(window, best.start, lines.slice(best.start - 1, best.start - 1 + window.lines.length), file);
}

/** Unified diff from the recorded excerpt to the lines now at `start`, with line numbers of the whole files. */
function windowDiff(window: Window, start: number, now: readonly string[], file: string): string {
  const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
  const patch = structuredPatch(file, file, text(window.lines), text(now), undefined, undefined, { context: 3 });
  const hunks = patch.hunks.map((hunk) => {
    const from = `-${hunk.oldStart + window.start - 1},${hunk.oldLines}`;
    const to = `+${hunk.newStart + start - 1},${hunk.newLines}`;
    return [`@@ ${from} ${to} @@${window.heading === '' ? '' : ` ${window.heading}`}`, ...hunk.lines].join('\n');
  });
  return [`--- ${file} (recorded)`, `+++ ${file}`, ...hunks].join('\n');
}

function toDiagnostic(entry: DriftEntry, report: Omit<DriftReport, 'entries'>, survey: Survey): Diagnostic {
  const subject = `tree ${report.tree} (${report.recordedVersion} recorded, ${report.version} here)`;
  const drift = (severity: 'error' | 'warning', message: string, at?: { file: string; line: number }): Diagnostic => ({
    code: 'TREE_DRIFT',
    severity,
    message: `${subject}: ${message}`,
    ...(at !== undefined && { at: { file: survey.locate(at.file), line: at.line, column: 1 } }),
    ...(severity === 'error' && { help: `unspin tree extract ${report.tree} --from DIR, then read what changed` }),
  });
  const state = (value: boolean | undefined): string => (value === undefined ? 'unknown' : value ? 'present' : 'absent');
  switch (entry.kind) {
    case 'feature':
      return drift('error', `feature ${entry.name} was ${state(entry.was)}, is ${state(entry.now)}`);
    case 'moved':
      return drift('warning', `${entry.sites.join(', ')} moved by ${entry.by} lines`, { file: entry.file, line: entry.newLine });
    case 'context':
      return drift(
        entry.touchesContext ? 'error' : 'warning',
        `context of ${entry.sites.join(', ')} changed\n${entry.diff}`,
        { file: entry.file, line: entry.newLine },
      );
    case 'lost':
    case 'ambiguous': {
      const message = `${subject}: site ${entry.site} ${entry.kind}: ${entry.diagnostic.message}\n${entry.diff}`.trimEnd();
      return { ...entry.diagnostic, code: 'TREE_DRIFT', message };
    }
    case 'rebound':
      return drift('error', `site ${entry.site} was ${place(entry.was)}, is ${place(entry.now)}`, entry.now);
    case 'unrecorded':
      return drift('error', `site ${entry.site} is not recorded`);
    case 'dropped':
      return drift('error', `site ${entry.site} is recorded, but does not exist here`);
  }
}

const place = (site: SiteFacts): string => `${site.file} ${site.function ?? '(whole file)'} (${site.variant})`;
