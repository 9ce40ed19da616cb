// SPDX-License-Identifier: MIT
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { STOPPING } from '../src/steps.ts';
import { ROOT, temporaryDir } from './project.ts';

/** Lets steps be drawn as on a terminal. */
const TERMINAL = 'data:text/javascript,process.stderr.isTTY=true';
const MAIN = join(ROOT, 'packages/cli/src/main.ts');

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line until its first program, which never ends, and sends it SIGINT then. */
async function interrupt(...nodeOptions: readonly string[]): Promise<Ended> {
  const dir = temporaryDir();
  const started = join(dir, 'started');
  mkdirSync(join(dir, 'bin'));
  writeFileSync(join(dir, 'bin/xz'), `#!/bin/sh\n: > '${started}'\nexec sleep 60\n`);
  chmodSync(join(dir, 'bin/xz'), 0o755);
  const { CI: _, ...env } = process.env;
  const child = spawn(process.execPath, [...nodeOptions, '--import', 'tsx', MAIN, 'lab', 'build', '--tree', '6.12'], {
    cwd: ROOT,
    env: { ...env, PATH: `${join(dir, 'bin')}:${env['PATH']}`, UNSPIN_CACHE: join(dir, 'cache') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) child[name].on('data', (bytes: Buffer) => (said[name] += bytes.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  await expect.poll(() => existsSync(started), { timeout: 90_000 }).toBe(true);
  child.kill('SIGINT');
  return { code: await ended, ...said };
}

describe('Ctrl-C', () => {
  it.each([
    ['on a terminal', ['--import', TERMINAL]],
    ['where nothing is drawn', []],
  ])('ends with 130 and a report %s', async (_, nodeOptions) => {
    const { code, stdout, stderr } = await interrupt(...nodeOptions);
    expect(stderr).toContain(`unspin: ${STOPPING}`);
    expect(stderr).toContain('error INTERRUPTED');
    expect(stderr).not.toContain('INTERNAL');
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
  }, 120_000);
});
