// SPDX-License-Identifier: MIT
import { diffArrays } from 'diff';
import type { FileFacts, SiteFacts } from '@unspin/trees';

/**
 * A line of a file of which only excerpts are known. `original` is its line number before any edit.
 * Edits keep the objects of lines they leave alone: two states of a file are compared by identity.
 */
export interface Line {
  readonly text: string;
  readonly original?: number;
}

export interface Segment {
  /** 1-based number of the first line before any edit. */
  readonly start: number;
  readonly heading: string;
  readonly lines: readonly Line[];
  /** Number of lines before any edit. */
  readonly originalLength: number;
  /** Whether the excerpt reaches the file's first / last line. */
  readonly atStart: boolean;
  readonly atEnd: boolean;
}

/** What is known of a file at one point of a series. Edits return a new one. */
export interface SparseFile {
  readonly path: string;
  readonly segments: readonly Segment[];
}

export function fromFacts(path: string, facts: FileFacts): SparseFile {
  return {
    path,
    segments: facts.windows.map((w) => ({
      start: w.start,
      heading: w.heading,
      lines: w.lines.map((text, i) => ({ text, original: w.start + i })),
      originalLength: w.lines.length,
      atStart: w.start === 1,
      atEnd: w.start + w.lines.length - 1 === facts.lineCount,
    })),
  };
}

/** A file the series adds: one empty excerpt that is the whole file. */
export function emptyFile(path: string): SparseFile {
  return { path, segments: [{ start: 1, heading: '', lines: [], originalLength: 0, atStart: true, atEnd: true }] };
}

export function appendLines(file: SparseFile, lines: readonly string[]): SparseFile {
  return { ...file, segments: file.segments.map((s) => ({ ...s, lines: [...s.lines, ...lines.map((text) => ({ text }))] })) };
}

export type Where = 'insertBefore' | 'insertAfter' | 'replace';

/** Edits at a site. Throws if an earlier edit of the series took the site's lines away: a bug of the mechanism. */
export function editAt(file: SparseFile, site: SiteFacts, where: Where, inserted: readonly string[]): SparseFile {
  const fresh = inserted.map((text): Line => ({ text }));
  let done = false;
  const segments = file.segments.map((segment) => {
    const first = segment.lines.findIndex((l) => l.original === site.line);
    const last = segment.lines.findIndex((l) => l.original === site.line + site.length - 1);
    if (first === -1 || last === -1) return segment;
    done = true;
    const lines = segment.lines;
    if (where === 'insertBefore') return { ...segment, lines: [...lines.slice(0, first), ...fresh, ...lines.slice(first)] };
    if (where === 'insertAfter') return { ...segment, lines: [...lines.slice(0, last + 1), ...fresh, ...lines.slice(last + 1)] };
    if (last - first !== site.length - 1) throw new Error(`${file.path}:${site.line}: the lines to replace were already edited`);
    return { ...segment, lines: [...lines.slice(0, first), ...keepCommon(lines.slice(first, last + 1), inserted), ...lines.slice(last + 1)] };
  });
  if (!done) throw new Error(`${file.path}:${site.line}: no excerpt holds this site any more`);
  return { ...file, segments };
}

/** Lines before the #endif of a block that begins with the line `block` and was inserted next to a site. */
export function insertInto(file: SparseFile, site: SiteFacts, block: string, inserted: readonly string[]): SparseFile {
  const fresh = inserted.map((text): Line => ({ text }));
  let done = false;
  const segments = file.segments.map((segment) => {
    const { lines } = segment;
    const first = lines.findIndex((l) => l.original === site.line);
    const last = lines.findIndex((l) => l.original === site.line + site.length - 1);
    if (first === -1 || last === -1) return segment;
    const from = lines.findLastIndex((l, i) => i < first && l.original !== undefined) + 1;
    const next = lines.findIndex((l, i) => i > last && l.original !== undefined);
    const to = next === -1 ? lines.length : next;
    const opening = lines.findIndex((l, i) => i >= from && i < to && l.original === undefined && l.text === block);
    const end = opening === -1 ? -1 : endOfBlock(lines, opening, to);
    if (end === -1) return segment;
    done = true;
    return { ...segment, lines: [...lines.slice(0, end), ...fresh, ...lines.slice(end)] };
  });
  if (!done) throw new Error(`${file.path}:${site.line}: no earlier edit put ${block} here`);
  return { ...file, segments };
}

/** Where the #endif is of the #if at `opening`, or -1 if it is not before `to`. */
function endOfBlock(lines: readonly Line[], opening: number, to: number): number {
  let depth = 0;
  for (let i = opening; i < to; i++) {
    if (/^#\s*if/.test(lines[i]?.text ?? '')) depth++;
    if (/^#\s*endif/.test(lines[i]?.text ?? '') && --depth === 0) return i;
  }
  return -1;
}

/** The new lines of a replacement; those that say what an old one said are the old one. */
function keepCommon(old: readonly Line[], inserted: readonly string[]): Line[] {
  let taken = 0;
  return diffArrays(old.map((l) => l.text), [...inserted]).flatMap((part): Line[] => {
    if (part.added) return part.value.map((text) => ({ text }));
    const lines = old.slice(taken, taken + part.value.length);
    taken += part.value.length;
    return part.removed ? [] : lines;
  });
}
