// SPDX-License-Identifier: MIT
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: 'unit', include: ['packages/*/test/**/*.test.ts'] } },
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
  },
});
