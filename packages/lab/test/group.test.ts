// SPDX-License-Identifier: MIT
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'unspin-group-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

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

describe('a group of processes', () => {
  it('ends with a runner that is killed by SIGKILL, grandchildren included', async () => {
    const runner = join(dir, 'runner.mjs');
    const run = fileURLToPath(new URL('../src/run.ts', import.meta.url));
    writeFileSync(join(dir, 'entry.ts'), `import { run } from ${JSON.stringify(run)};\nawait run({ program: 'sh', args: ['-c', 'sleep 300 & echo $$ $!; wait'] }, { onLine: (line) => console.log(line) });\n`);
    buildSync({ entryPoints: [join(dir, 'entry.ts')], bundle: true, platform: 'node', format: 'esm', outfile: runner, banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" }, logLevel: 'error' });
    const child = spawn(process.execPath, [runner], { stdio: ['ignore', 'pipe', 'inherit'] });
    const said = await new Promise<string>((resolve) => child.stdout.once('data', (data: Buffer) => resolve(data.toString())));
    const pids = said.trim().split(' ').map(Number);
    expect(pids).toHaveLength(2);
    expect(pids.every(alive)).toBe(true);
    child.kill('SIGKILL');
    expect(await until(() => !pids.some(alive))).toBe(true);
  });
});
