// SPDX-License-Identifier: MIT
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let dir: string;
/** run.ts as Node can import it. */
let module: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'unspin-group-'));
  module = join(dir, 'run.mjs');
  buildSync({ entryPoints: [fileURLToPath(new URL('../src/run.ts', import.meta.url))], bundle: true, platform: 'node', format: 'esm', outfile: module, banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" }, logLevel: 'error' });
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    // A zombie that nobody has waited for yet is dead.
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

async function until(holds: () => boolean): Promise<boolean> {
  for (let i = 0; i < 200 && !holds(); i++) await new Promise((r) => setTimeout(r, 25));
  return holds();
}

/** Runs `body` in a process of its own that can be killed, and returns it with the pids it printed first. */
async function runner(body: string): Promise<{ readonly child: ChildProcess; readonly pids: readonly number[] }> {
  const entry = join(dir, 'entry.mjs');
  writeFileSync(entry, `import { run } from ${JSON.stringify(module)};\n${body}\n`);
  const child = spawn(process.execPath, [entry], { stdio: ['ignore', 'pipe', 'inherit'] });
  const said = await new Promise<string>((resolve) => child.stdout.once('data', (data: Buffer) => resolve(data.toString())));
  return { child, pids: said.trim().split(/\s+/).map(Number) };
}

const TREE = "{ program: 'sh', args: ['-c', 'sleep 300 & echo $$ $!; wait'] }";

describe('a group of processes', () => {
  it('ends with a runner that is killed by SIGKILL, grandchildren included', async () => {
    const { child, pids } = await runner(`await run(${TREE}, { onLine: (line) => console.log(line) });`);
    expect(pids).toHaveLength(2);
    expect(pids.every(alive)).toBe(true);
    child.kill('SIGKILL');
    expect(await until(() => !pids.some(alive))).toBe(true);
  });

  it('is one of many: those that are left end, whatever ended before them', async () => {
    const { child, pids } = await runner(`
      const lines = [];
      const start = () => void run(${TREE}, { onLine: (line) => lines.push(line) });
      const ended = () => run({ program: 'true', args: [] });
      start();
      await ended();
      start();
      await ended();
      while (lines.length < 2) await new Promise((r) => setTimeout(r, 5));
      console.log(lines.join(' '));
    `);
    expect(pids).toHaveLength(4);
    expect(pids.every(alive)).toBe(true);
    child.kill('SIGKILL');
    expect(await until(() => !pids.some(alive))).toBe(true);
  });

  it('does not keep a runner from ending', async () => {
    const { child } = await runner("await run({ program: 'true', args: [] }); console.log(0);");
    await new Promise((resolve) => child.once('exit', resolve));
    expect(child.exitCode).toBe(0);
  });
});
