// SPDX-License-Identifier: MIT
import type { TreeFacts } from '@unspin/trees';
import { diffFile, type FileDiff } from './diff.ts';
import type { Edit, PlannedPatch } from './plan.ts';
import { renderLines, type Templates } from './render.ts';
import type { SeriesPatch } from './series.ts';
import { appendLines, editAt, emptyFile, fromFacts, insertInto, type SparseFile } from './sparse-file.ts';

type Files = ReadonlyMap<string, SparseFile>;

/** Applies the planned patches one after the other; each is diffed against the state its predecessor left. */
export function applyPatches(planned: readonly PlannedPatch[], facts: TreeFacts, templates: Templates): SeriesPatch[] {
  // Once and for all: two states of a file are compared by the identity of their lines.
  let files: Files = new Map(Object.entries(facts.files).map(([path, file]) => [path, fromFacts(path, file)]));
  return planned.map((patch) => {
    const before = files;
    files = patch.edits.reduce((state, edit) => applyEdit(state, edit, patch, facts, templates), before);
    return {
      subject: patch.subject,
      changelog: renderLines(templates, patch.changelog, patch.data),
      diffs: diffFiles(before, files),
    };
  });
}

function applyEdit(files: Files, edit: Edit, patch: PlannedPatch, facts: TreeFacts, templates: Templates): Files {
  const lines = renderLines(templates, edit.template, patch.data);
  if (edit.kind === 'addFile') return new Map(files).set(edit.path, appendLines(emptyFile(edit.path), lines));
  const site = facts.sites[edit.site];
  if (site === undefined) throw new Error(`${patch.subject}: site ${edit.site} was used without being declared`);
  const file = files.get(site.file);
  if (file === undefined) throw new Error(`facts of ${facts.tree} hold no excerpt of ${site.file}`);
  return new Map(files).set(site.file, edit.kind === 'insertInto' ? insertInto(file, site, edit.block, lines) : editAt(file, site, edit.kind, lines));
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
