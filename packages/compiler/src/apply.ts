// SPDX-License-Identifier: MIT
import type { TreeFacts } from '@unspin/trees';
import { diffFile, type FileDiff } from './diff.ts';
import type { Edit, PlannedPatch } from './plan.ts';
import { renderLines, type Templates } from './render.ts';
import type { SeriesPatch } from './series.ts';
import { appendLines, editAt, emptyFile, fromFacts, insertInto, type SparseFile } from './sparse-file.ts';

type Files = ReadonlyMap<string, SparseFile>;

/** Excerpts of a tree, shared by all series: two states of a file are compared by the identity of their lines, and edits change none. */
const excerpts = new WeakMap<TreeFacts, Files>();

function excerptsOf(facts: TreeFacts): Files {
  const files = excerpts.get(facts) ?? new Map(Object.entries(facts.files).map(([path, file]) => [path, fromFacts(path, file)]));
  excerpts.set(facts, files);
  return files;
}

/** Applies the planned patches one after the other; each is diffed against the state its predecessor left. */
export function applyPatches(planned: readonly PlannedPatch[], facts: TreeFacts, templates: Templates): SeriesPatch[] {
  let before = excerptsOf(facts);
  return planned.map((patch) => {
    const after = new Map(before);
    for (const edit of patch.edits) {
      const file = applyEdit(after, edit, patch, facts, templates);
      after.set(file.path, file);
    }
    const diffs = diffFiles(before, after);
    before = after;
    return { subject: patch.subject, changelog: renderLines(templates, patch.changelog, patch.data), diffs };
  });
}

function applyEdit(files: Files, edit: Edit, patch: PlannedPatch, facts: TreeFacts, templates: Templates): SparseFile {
  const lines = renderLines(templates, edit.template, patch.data);
  if (edit.kind === 'addFile') return appendLines(emptyFile(edit.path), lines);
  const site = facts.sites[edit.site];
  if (site === undefined) throw new Error(`${patch.subject}: site ${edit.site} was used without being declared`);
  const file = files.get(site.file);
  if (file === undefined) throw new Error(`facts of ${facts.tree} hold no excerpt of ${site.file}`);
  return edit.kind === 'insertInto' ? insertInto(file, site, edit.block, lines) : editAt(file, site, edit.kind, lines);
}

function diffFiles(before: Files, after: Files): FileDiff[] {
  return [...after.keys()]
    .sort()
    .filter((path) => after.get(path) !== before.get(path))
    .flatMap((path) => {
      const now = after.get(path);
      const diff = now === undefined ? undefined : diffFile(before.get(path), now);
      return diff === undefined ? [] : [diff];
    });
}
