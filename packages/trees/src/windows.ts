// SPDX-License-Identifier: MIT
import type { SiteFacts, Window } from './facts.ts';

/** Lines kept on either side of a site: one more than a hunk's context. */
const MARGIN = 4;

/** Longest heading git prints. */
const HEADING_LENGTH = 80;

/** Excerpts that cover all sites of one file; ranges that touch are merged. */
export function windowsAround(lines: readonly string[], sites: readonly Pick<SiteFacts, 'line' | 'length'>[]): readonly Window[] {
  const ranges: { start: number; end: number }[] = [];
  for (const site of [...sites].sort((a, b) => a.line - b.line)) {
    const start = Math.max(1, site.line - MARGIN);
    const end = Math.min(lines.length, site.line + site.length - 1 + MARGIN);
    const last = ranges.at(-1);
    if (last !== undefined && start <= last.end + 1) last.end = Math.max(last.end, end);
    else ranges.push({ start, end });
  }
  return ranges.map(({ start, end }) => ({ start, heading: headingAbove(lines, start), lines: lines.slice(start - 1, end) }));
}

/** Whether git may print the line after `@@`. The kernel's .gitattributes give C files the `cpp` driver, which passes over jump labels. */
export const isHeading = (line: string): boolean => /^[A-Za-z_$]/.test(line) && !/^\w+:\s*($|\/[/*])/.test(line);

/** What git prints after `@@` for a hunk that starts at the 1-based line `start`. */
export function headingAbove(lines: readonly string[], start: number): string {
  for (let i = start - 2; i >= 0; i--) {
    const line = lines[i] ?? '';
    if (isHeading(line)) return line.slice(0, HEADING_LENGTH).trimEnd();
  }
  return '';
}
