// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import type { Diagnostic } from '@unspin/diagnostics';
import type { SiteFacts, SiteSpec } from './facts.ts';
import { nearestLines, nearestNames } from './nearest.ts';
import type { SourceFile, SourceSet } from './source-set.ts';

/** Lines of context on either side that go into a site's hash: as many as a patch hunk carries. */
const HASH_CONTEXT = 3;

export interface ResolveOptions {
  /** Name of the tree in messages. */
  readonly tree: string;
  /** Turns a path in the tree into one the user can open. */
  readonly locate: (path: string) => string;
}

/** What became of one site in one tree. */
export type Resolution =
  | { readonly kind: 'found'; readonly facts: SiteFacts }
  | { readonly kind: 'gated'; readonly feature: string }
  | { readonly kind: 'lost'; readonly diagnostic: Diagnostic };

/** Finds the file, scope and anchor of a site, or says what is missing and what comes nearest to it. */
export function resolveSite(site: SiteSpec, sources: SourceSet, features: Readonly<Record<string, boolean>>, options: ResolveOptions): Resolution {
  if (site.when !== undefined && !gateHolds(site, site.when, features)) return { kind: 'gated', feature: site.when };
  const files = site.files.map((path) => sources.get(path)).filter((file) => file !== undefined);
  if (files.length === 0) {
    const paths = site.files.join(', ');
    return lost({ code: 'TREE_FILE_MISSING', severity: 'error', message: `tree ${options.tree} has no ${paths}, where site ${site.id} should be` });
  }
  for (const file of files) {
    const ranges = searchRanges(site, file);
    if (ranges.length > 0) return resolveAnchor(site, file, ranges, options);
  }
  return lost(functionMissing(site, files, options));
}

interface Range {
  readonly start: number;
  readonly end: number;
}

interface Match {
  readonly line: number;
  readonly length: number;
  readonly variant: string;
}

const lost = (diagnostic: Diagnostic): Resolution => ({ kind: 'lost', diagnostic });

function gateHolds(site: SiteSpec, when: string, features: Readonly<Record<string, boolean>>): boolean {
  const negated = when.startsWith('!');
  const holds = features[negated ? when.slice(1) : when];
  if (holds === undefined) throw new Error(`site ${site.id} is gated on ${when}, which no feature probe provides`);
  return holds !== negated;
}

function searchRanges(site: SiteSpec, file: SourceFile): readonly Range[] {
  if (site.within === null) return [{ start: 1, end: file.lines.length }];
  return file.scopes.filter((scope) => scope.name === site.within);
}

function resolveAnchor(site: SiteSpec, file: SourceFile, ranges: readonly Range[], options: ResolveOptions): Resolution {
  const matches = site.anchors.flatMap((anchor) =>
    ranges
      .flatMap((range) => matchLines(anchor.lines, file.lines, range))
      .map((line) => ({ line, length: anchor.lines.length, variant: anchor.variant })),
  );
  const [match] = matches;
  if (match === undefined) return lost(anchorMissing(site, file, ranges, options));
  if (matches.length > 1) return lost(anchorAmbiguous(site, file, matches, options));
  return { kind: 'found', facts: { file: file.path, function: site.within, ...match, hash: hashAround(file.lines, match) } };
}

/** 1-based lines within the range at which all of the anchor's lines follow each other. */
function matchLines(anchor: readonly string[], lines: readonly string[], range: Range): readonly number[] {
  const wanted = anchor.map((line) => line.trimEnd());
  if (wanted.length === 0) throw new Error('an anchor needs at least one line');
  const found: number[] = [];
  for (let line = range.start; line + wanted.length - 1 <= range.end; line++) {
    if (wanted.every((text, i) => lines[line - 1 + i]?.trimEnd() === text)) found.push(line);
  }
  return found;
}

function hashAround(lines: readonly string[], match: Match): string {
  const from = Math.max(0, match.line - 1 - HASH_CONTEXT);
  const excerpt = lines.slice(from, match.line - 1 + match.length + HASH_CONTEXT);
  return createHash('sha256').update(excerpt.join('\n')).digest('hex').slice(0, 16);
}

const scopeText = (site: SiteSpec): string => (site.within === null ? '' : ` in ${site.within}`);

function functionMissing(site: SiteSpec, files: readonly SourceFile[], options: ResolveOptions): Diagnostic {
  const candidates = files.flatMap((file) => file.scopes.map((scope) => ({ file, scope })));
  const names = nearestNames(site.within ?? '', candidates.map(({ scope }) => scope.name));
  const best = candidates.find(({ scope }) => scope.name === names[0]);
  const paths = files.map((file) => file.path).join(', ');
  return {
    code: 'TREE_FUNCTION_MISSING',
    severity: 'error',
    message: `tree ${options.tree}: ${paths} has no ${site.within}, where site ${site.id} should be`,
    at: { file: options.locate((best?.file ?? files[0])?.path ?? ''), line: best?.scope.start ?? 1, column: 1 },
    ...(names.length > 0 && { help: `nearest: ${names.join(', ')}` }),
  };
}

function anchorMissing(site: SiteSpec, file: SourceFile, ranges: readonly Range[], options: ResolveOptions): Diagnostic {
  const near = site.anchors
    .flatMap((anchor) => ranges.flatMap((range) => nearestLines(anchor.lines, file.lines, range.start, range.end)))
    .filter((candidate, i, all) => all.findIndex((other) => other.line === candidate.line) === i)
    .slice(0, 3);
  const wanted = site.anchors.map((anchor) => `\`${anchor.lines.map((line) => line.trim()).join(' ⏎ ')}\``).join(' or ');
  return {
    code: 'TREE_ANCHOR_MISSING',
    severity: 'error',
    message: `tree ${options.tree}: ${file.path}${scopeText(site)} has no ${wanted} (site ${site.id})`,
    at: { file: options.locate(file.path), line: near[0]?.line ?? ranges[0]?.start ?? 1, column: 1 },
    ...(near.length > 0 && { help: `nearest: ${near.map(({ line, text }) => `${line}: \`${text}\``).join(', ')}` }),
  };
}

function anchorAmbiguous(site: SiteSpec, file: SourceFile, matches: readonly Match[], options: ResolveOptions): Diagnostic {
  const lines = [...matches].sort((a, b) => a.line - b.line);
  const places = lines.map(({ line, variant }) => (site.anchors.length > 1 ? `${line} (${variant})` : String(line)));
  return {
    code: 'TREE_ANCHOR_AMBIGUOUS',
    severity: 'error',
    message:
      `tree ${options.tree}: ${file.path}${scopeText(site)} has the anchor of site ${site.id} ` +
      `${matches.length} times, at lines ${places.join(', ')}`,
    at: { file: options.locate(file.path), line: lines[0]?.line ?? 1, column: 1 },
    help: 'lengthen the anchor by a neighbouring line that tells the places apart',
  };
}
