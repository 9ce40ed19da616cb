// SPDX-License-Identifier: MIT
import { scopesOf, toLines } from './locate.ts';
import type { Scope } from './locate.ts';

/** Reads a file of the tree by its path from the top, e.g. `kernel/sched/fair.c`; undefined where there is none. */
export type ReadTreeFile = (path: string) => string | undefined;

export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
  readonly scopes: readonly Scope[];
}

/** The files of one tree, each read, split and searched for definitions at most once. */
export class SourceSet {
  readonly #read: ReadTreeFile;
  readonly #files = new Map<string, SourceFile | undefined>();

  constructor(read: ReadTreeFile) {
    this.#read = read;
  }

  get(path: string): SourceFile | undefined {
    if (!this.#files.has(path)) this.#files.set(path, load(path, this.#read(path)));
    return this.#files.get(path);
  }
}

function load(path: string, text: string | undefined): SourceFile | undefined {
  if (text === undefined) return undefined;
  const lines = toLines(text);
  let scopes: readonly Scope[] | undefined;
  return {
    path,
    text,
    lines,
    get scopes() {
      return (scopes ??= scopesOf(lines));
    },
  };
}
