// SPDX-License-Identifier: MIT
/**
 * A kernel tree made from recorded facts alone: every excerpt at its line, filler around it, and enough of a
 * definition around excerpts that a site is looked for in. Not C that compiles; enough to extract facts from.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadFacts, type FileFacts, type SiteFacts, type TreeFacts } from '@unspin/trees';
import { scopesOf } from '../../trees/src/locate.ts';

export function factsOf(tree: string): TreeFacts {
  const facts = loadFacts(tree);
  if (!facts.ok) throw new Error(`no facts of ${tree}`);
  return facts.value;
}

/** Writes the tree that the facts describe. Its features all read false: no probe finds its pattern but by chance. */
export function writeSyntheticTree(dir: string, facts: TreeFacts): void {
  const [version, patchlevel, sublevel] = facts.version.split('.');
  const top = { Makefile: `VERSION = ${version}\nPATCHLEVEL = ${patchlevel}\nSUBLEVEL = ${sublevel}\nEXTRAVERSION =\n`, Kconfig: '# top\n', MAINTAINERS: 'none\n' };
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  };
  for (const [path, text] of Object.entries(top)) write(path, text);
  for (const [path, file] of Object.entries(facts.files)) {
    const sites = Object.values(facts.sites).filter((s) => s.file === path);
    write(path, linesOf(file, sites).map((l) => `${l}\n`).join(''));
  }
}

function linesOf(file: FileFacts, sites: readonly SiteFacts[]): string[] {
  const lines = Array.from({ length: file.lineCount }, (_, i) => `/* ${i + 1} */`);
  for (const window of file.windows) lines.splice(window.start - 1, window.lines.length, ...window.lines);
  for (const site of sites) if (!isCovered(lines, site)) cover(lines, file, sites.filter((s) => s.function === site.function));
  return lines;
}

const isCovered = (lines: readonly string[], { function: name, line }: SiteFacts): boolean =>
  name === null || scopesOf(lines).some((s) => s.name === name && s.start <= line && line <= s.end);

/** Opens the definition above the first excerpt that needs it and closes it below the last. */
function cover(lines: string[], file: FileFacts, sites: readonly SiteFacts[]): void {
  const windows = sites.map((s) => file.windows.find((w) => w.start <= s.line && s.line < w.start + w.lines.length)).filter((w) => w !== undefined);
  const start = Math.min(...windows.map((w) => w.start));
  const end = Math.max(...windows.map((w) => w.start + w.lines.length));
  const name = sites[0]?.function ?? '';
  const aggregate = /^(struct|union|enum) /.test(name);
  // An array whose excerpt ends before it does would reach into this definition.
  if (lines[start - 4] === `/* ${start - 3} */`) lines[start - 4] = '}';
  lines.splice(start - 3, 2, aggregate ? '/* */' : `void ${name}(void)`, aggregate ? `${name} {` : '{');
  if (end - 1 < lines.length) lines[end - 1] = aggregate ? '};' : '}';
}

/** Changes one file of a tree. */
export function editFile(dir: string, path: string, change: (text: string) => string): void {
  const file = join(dir, path);
  writeFileSync(file, change(readFileSync(file, 'utf8')));
}
