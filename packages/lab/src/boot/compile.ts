// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { fail, ok, type Result } from '@unspin/diagnostics';

/** Inits and programs of hosts and guests. */
export const GUEST_DIR = fileURLToPath(new URL('../../guest/', import.meta.url));

// Static: images have no libraries but those of packaged programs.
const COMPILER_FLAGS = ['-O2', '-Wall', '-s', '-static', '-pthread'];

/** Compiles sources of the lab's guest folder to a program that runs in any image. */
export async function compileProgram(gcc: string, sources: readonly string[], out: string): Promise<Result<string>> {
  const compiled = await execa(gcc, [...COMPILER_FLAGS, '-o', out, ...sources.map((source) => join(GUEST_DIR, source))], { reject: false, all: true });
  if (compiled.failed) return fail([{ code: 'LAB_QEMU', severity: 'error', message: `${sources[0]} does not compile:\n${compiled.all}` }]);
  return ok(out);
}
