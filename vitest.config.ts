// SPDX-License-Identifier: MIT
import { readFileSync, statfsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const MEMORY = '/dev/shm';
const ROOM_BYTES = 512 * 2 ** 20;

/** Whether temporary files can be kept in memory: some machines let no program start from there, or give it a few megabytes. */
function memoryHasRoom(): boolean {
  try {
    const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n').map((line) => line.split(' '));
    const options = mounts.findLast(([, at, type]) => at === MEMORY && type === 'tmpfs')?.[3]?.split(',') ?? [];
    const { bavail, bsize } = statfsSync(MEMORY);
    return options.includes('rw') && !options.includes('noexec') && bavail * bsize > ROOM_BYTES;
  } catch {
    return false;
  }
}

export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: 'unit', include: ['packages/*/test/**/*.test.ts'] } },
      // Start other programs: git and make, compilers, stand-ins for QEMU, the command line itself, an editor's language service.
      { extends: true, test: { name: 'slow', include: ['packages/*/test/**/*.slow.ts'] } },
      // Takes longer than all others, and needs Chromium.
      { extends: true, test: { name: 'browser', include: ['packages/*/test/**/*.browser.ts'] } },
    ],
    // A hang is what they are for: a busy machine takes ten times as long as an idle one.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Tests start many programs, and a process forks faster than one that holds all workers.
    pool: 'forks',
    // Its default leaves a core free, and machines with two have one then.
    maxWorkers: '100%',
    // Loading a module anew for each file takes longer than all tests; they leave nothing behind that another could trip over.
    isolate: false,
    // Making and removing thousands of small files is a tenth of their time on a disk.
    env: process.env['TMPDIR'] === undefined && memoryHasRoom() ? { TMPDIR: MEMORY } : {},
    // What TypeScript became of the sources is kept for the next run.
    experimental: { fsModuleCache: true },
  },
});
