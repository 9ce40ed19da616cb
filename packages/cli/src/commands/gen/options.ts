// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import type { SignOff } from '@unspin/compiler';
import { fail, ok, type Result } from '@unspin/diagnostics';
import type { Context } from '../../context.ts';

/** `unspin gen` as typed. */
export interface GenOptions {
  readonly check?: boolean;
  readonly diff?: boolean;
  readonly json?: boolean;
  readonly tree?: string;
  readonly out?: string;
  readonly signOff?: string | boolean;
  /** Not to be typed: the lab's negative control, see CompileRequest. */
  readonly neverCalled?: boolean;
}

const IDENTITY = /^\s*(\S.*?)\s*<([^<>@\s]+@[^<>@\s]+)>\s*$/;

/** Who signs off: nobody unless asked for, then the given identity or git's. Never invented. */
export function signOffIdentity(context: Context, signOff: string | boolean | undefined): Result<SignOff | undefined> {
  if (signOff === undefined || signOff === false) return ok(undefined);
  const text = signOff === true ? `${gitConfig(context, 'user.name')} <${gitConfig(context, 'user.email')}>` : signOff;
  const match = IDENTITY.exec(text);
  if (match !== null) return ok({ name: match[1] ?? '', email: match[2] ?? '' });
  const message = signOff === true ? 'git knows no user.name and user.email to sign off with' : `'${signOff}' is no identity to sign off with`;
  return fail([{ code: 'USAGE', severity: 'error', message, help: 'write it as --sign-off "Name <mail>", or set git config user.name and user.email' }]);
}

function gitConfig(context: Context, key: string): string {
  try {
    return execFileSync('git', ['config', key], { cwd: context.cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], env: context.env }).trim();
  } catch {
    return '';
  }
}
