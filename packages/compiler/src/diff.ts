// SPDX-License-Identifier: MIT
import { isHeading } from '@unspin/trees';
import type { Line, Segment, SparseFile } from './sparse-file.ts';

const CONTEXT = 3;
const HEADING_WIDTH = 80;

/** One file's part of a patch. */
export interface FileDiff {
  readonly path: string;
  readonly added: number;
  readonly removed: number;
  /** `diff --git` and all hunks, with line ends. */
  readonly text: string;
}

/** Line numbers count from 1 at the start of the excerpt. */
interface Hunk {
  readonly oldStart: number;
  readonly oldLines: number;
  readonly newStart: number;
  readonly newLines: number;
  readonly lines: readonly string[];
}

/** The difference between two states of a file of which only excerpts are known, as git prints it. */
export function diffFile(before: SparseFile | undefined, after: SparseFile): FileDiff | undefined {
  const old = before ?? { path: after.path, segments: after.segments.map((s) => ({ ...s, lines: [] })) };
  const hunks: string[] = [];
  let added = 0;
  let removed = 0;
  // How far earlier excerpts have moved this one, before and after the patch.
  let oldShift = 0;
  let newShift = 0;
  old.segments.forEach((oldSegment, i) => {
    const newSegment = after.segments[i];
    if (newSegment === undefined) throw new Error(`${after.path}: excerpts changed in number`);
    for (const hunk of oldSegment === newSegment ? [] : hunksOf(oldSegment, newSegment)) {
      requireContext(after.path, hunk, oldSegment);
      added += hunk.lines.filter((l) => l.startsWith('+')).length;
      removed += hunk.lines.filter((l) => l.startsWith('-')).length;
      hunks.push(formatHunk(hunk, oldSegment, oldShift, newShift, before === undefined));
    }
    oldShift += oldSegment.lines.length - oldSegment.originalLength;
    newShift += newSegment.lines.length - oldSegment.originalLength;
  });
  if (hunks.length === 0) return undefined;
  const head =
    before === undefined
      ? `diff --git a/${after.path} b/${after.path}\nnew file mode 100644\n--- /dev/null\n+++ b/${after.path}\n`
      : `diff --git a/${after.path} b/${after.path}\n--- a/${after.path}\n+++ b/${after.path}\n`;
  return { path: after.path, added, removed, text: head + hunks.join('') };
}

/**
 * Lines are compared by identity, not by text, so that a hunk shows the edit as it was made: an inserted blank line or brace that
 * equals a neighbour must not slide towards an excerpt's edge. Edits keep the order of lines, so nothing has to be searched for.
 */
function hunksOf(before: Segment, after: Segment): Hunk[] {
  const lines = marked(before.lines, after.lines);
  const changes = lines.flatMap((line, i) => (line.startsWith(' ') ? [] : [i]));
  const ranges: { from: number; to: number }[] = [];
  for (const i of changes) {
    const last = ranges.at(-1);
    if (last !== undefined && i - CONTEXT <= last.to) last.to = i + 1 + CONTEXT;
    else ranges.push({ from: Math.max(0, i - CONTEXT), to: i + 1 + CONTEXT });
  }
  return ranges.map(({ from, to }) => {
    const above = lines.slice(0, from);
    const own = lines.slice(from, to);
    return { oldStart: 1 + without('+', above), oldLines: without('+', own), newStart: 1 + without('-', above), newLines: without('-', own), lines: own };
  });
}

const without = (mark: '+' | '-', lines: readonly string[]): number => lines.reduce((n, line) => (line.startsWith(mark) ? n : n + 1), 0);

/** Both states in one, each line behind its mark; where lines were replaced, the old ones first. */
function marked(before: readonly Line[], after: readonly Line[]): string[] {
  const kept = new Set(after);
  const lines: string[] = [];
  let old = 0;
  for (const line of after) {
    for (; old < before.length && !kept.has(before[old] as Line); old++) lines.push(`-${before[old]?.text}`);
    const isOld = line === before[old];
    if (isOld) old++;
    lines.push(`${isOld ? ' ' : '+'}${line.text}`);
  }
  const rest = before.slice(old);
  if (rest.some((line) => kept.has(line))) throw new Error('an edit changed the order of lines');
  return [...lines, ...rest.map((line) => `-${line.text}`)];
}

/** Fewer than three lines of context tell git "start or end of file", so they may only stand there. */
function requireContext(path: string, hunk: Hunk, segment: Segment): void {
  const leading = hunk.lines.findIndex((l) => !l.startsWith(' '));
  const trailing = hunk.lines.length - 1 - hunk.lines.findLastIndex((l) => !l.startsWith(' '));
  if ((leading < CONTEXT && !segment.atStart) || (trailing < CONTEXT && !segment.atEnd)) {
    throw new Error(`${path}: the excerpt from line ${segment.start} is too short for an edit near its edge`);
  }
}

function formatHunk(hunk: Hunk, segment: Segment, oldShift: number, newShift: number, isNew: boolean): string {
  const at = (start: number, count: number, shift: number): string => {
    const line = isNew && count === 0 ? 0 : segment.start - 1 + start + shift;
    return count === 1 ? `${line}` : `${line},${count}`;
  };
  const heading = headingBefore(segment, hunk.oldStart);
  const suffix = heading === '' ? '' : ` ${heading}`;
  const range = `@@ -${at(hunk.oldStart, hunk.oldLines, oldShift)} +${at(hunk.newStart, hunk.newLines, newShift)} @@${suffix}`;
  return `${[range, ...hunk.lines].join('\n')}\n`;
}

function headingBefore(segment: Segment, hunkStart: number): string {
  const known = segment.lines.slice(0, Math.max(0, hunkStart - 1)).findLast((l) => isHeading(l.text));
  return (known?.text ?? segment.heading).trimEnd().slice(0, HEADING_WIDTH).trimEnd();
}
