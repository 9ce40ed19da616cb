// SPDX-License-Identifier: MIT
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Diagnostic } from '@unspin/diagnostics';
import { onTestFinished } from 'vitest';
import { run } from '../src/index.ts';

export const ROOT = resolve(import.meta.dirname, '../../..');

/** Gone when the test that made it has finished. A hook of this module would be one of the first file's only: all share the module. */
export function temporaryDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'unspin-cli-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface JsonOutcome {
  readonly ok: boolean;
  readonly command: string;
  readonly exitCode: number;
  readonly files: readonly { readonly path: string; readonly status: string }[];
  readonly diagnostics: readonly Diagnostic[];
  /** Of `gen --check` and `gen --diff`. */
  readonly diff?: string;
}

/** A project of its own with this machine's templates. */
export class TestProject {
  readonly root = temporaryDir();

  constructor(policies: Readonly<Record<string, string>>) {
    mkdirSync(join(this.root, 'policies'));
    symlinkSync(join(ROOT, 'kernel-templates'), join(this.root, 'kernel-templates'));
    for (const [name, text] of Object.entries(policies)) this.policy(name, text);
  }

  policy(name: string, text: string): void {
    writeFileSync(join(this.root, 'policies', `${name}.policy.ts`), text);
  }

  async run(...argv: string[]): Promise<Ran> {
    const out = { stdout: '', stderr: '' };
    const code = await run(argv, {
      root: this.root,
      cwd: this.root,
      env: { PATH: process.env['PATH'], HOME: this.root, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
      signal: new AbortController().signal,
      interactive: false,
      color: false,
      stdout: (text) => (out.stdout += text),
      stderr: (text) => (out.stderr += text),
    });
    return { code, ...out };
  }

  async json(...argv: string[]): Promise<JsonOutcome & { readonly code: number }> {
    const { code, stdout } = await this.run(...argv, '--json');
    return { ...(JSON.parse(stdout) as JsonOutcome), code };
  }
}

/** A policy file with one object of sections. Line 3 is `name`, line 7 the first line of `sections`. */
export function policyText(name: string, sections: string, { targets = "['kvm-guest']", trees = "['6.1', '6.12']" } = {}): string {
  return `import { cycles, definePolicy, iterations, ms, ns, pauses, us } from '@unspin/policy';
export default definePolicy({
  name: '${name}',
  description: 'For a test.',
  targets: ${targets},
  trees: ${trees},
  ${sections}
});
`;
}

export const PV_LOCK = 'spin: { pvLock: { thresholdIterations: iterations(5555) } },';
