// SPDX-License-Identifier: MIT

/** What long work says while it goes on: a TTY draws it, CI prints a line for each. */
export type LabEvent =
  | { readonly kind: 'step'; readonly text: string }
  /** Objects compiled so far; `of` is what the last full build of this tree needed. */
  | { readonly kind: 'objects'; readonly done: number; readonly of?: number };

export interface LabHooks {
  readonly onProgress?: (event: LabEvent) => void;
  readonly signal?: AbortSignal;
  /** Environment of the programs started; the process's own by default. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}
