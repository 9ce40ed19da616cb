// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';

/** What a command may use of the process it runs in. Tests make their own. */
export interface Context {
  /** The project: policies/, kernel-templates/, patches/. */
  readonly root: string;
  /** Where the user stands; their paths are relative to it. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Names this state of the program; undefined where it runs from its sources, which nothing names. */
  readonly toolId?: string;
  readonly signal: AbortSignal;
  /** Whether stderr is a terminal that shows colours and moving progress. */
  readonly interactive: boolean;
  readonly color: boolean;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

export const TOOL_VERSION = '0.1.0';

/** A path as the user gave it, made absolute. */
export const userPath = (context: Context, path: string): string => resolve(context.cwd, path);

/** A path as printed: below the project relative to it, else as it is; with forward slashes. */
export function shownPath(context: Context, path: string): string {
  const below = relative(context.root, path);
  return (below.startsWith('..') || isAbsolute(below) ? path : below).replaceAll('\\', '/');
}

/** Text of a file a diagnostic names, for its code frame. */
export function readShown(context: Context, file: string): string | undefined {
  try {
    return readFileSync(isAbsolute(file) ? file : join(context.root, file), 'utf8');
  } catch {
    return undefined;
  }
}
