// SPDX-License-Identifier: MIT
/**
 * Bundles the command line into node_modules/.cache/unspin/: starting from TypeScript sources would cost more
 * than generating everything. Commands stay chunks of their own, and packages only some of them need stay
 * outside, loaded when such a command runs.
 */
import { readFileSync, renameSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '../../..');
const cache = join(root, 'node_modules/.cache/unspin');

/** Bundled, because every run of `gen` needs them and one file loads faster than many. */
const INSIDE = new Set(['@babel/code-frame', 'commander', 'diff', 'handlebars', 'picocolors', 'zod']);

const fromBundle = (path) => {
  const to = relative(cache, path).replaceAll('\\', '/');
  return to.startsWith('.') ? to : `./${to}`;
};

/** Packages outside are named by their place, as the bundle's folder cannot see what each package depends on. */
const outside = {
  name: 'outside',
  setup(builder) {
    builder.onResolve({ filter: /^[^./]/ }, async (args) => {
      if (args.pluginData === 'seen' || args.path.startsWith('node:') || args.path.startsWith('@unspin/')) return undefined;
      if (args.importer.includes('/node_modules/') || args.kind === 'entry-point') return undefined;
      if (INSIDE.has(args.path)) return undefined;
      const found = await builder.resolve(args.path, { kind: args.kind, importer: args.importer, resolveDir: args.resolveDir, pluginData: 'seen' });
      if (found.errors.length > 0 || found.path === args.path) return undefined;
      return { path: fromBundle(found.path), external: true };
    });
  },
};

/** A module's own place stays that of its source. */
const place = {
  name: 'place',
  setup(builder) {
    builder.onLoad({ filter: /\/packages\/[^/]+\/src\/.*\.ts$/ }, (args) => {
      const text = readFileSync(args.path, 'utf8');
      if (!text.includes('import.meta.')) return undefined;
      const moved = text
        .replaceAll('import.meta.url', '__source')
        .replaceAll('import.meta.filename', '__path(__source)')
        .replaceAll('import.meta.dirname', "__path(new URL('.', __source)).replace(/.$/, '')");
      const head = `import { fileURLToPath as __path } from 'node:url'; const __source = new URL(${JSON.stringify(fromBundle(args.path))}, import.meta.url).href;`;
      return { contents: `${head}\n${moved}`, loader: 'ts' };
    });
  },
};

const staging = `${cache}.${process.pid}`;
try {
  await build({
    absWorkingDir: root,
    entryPoints: { main: join(root, 'packages/cli/src/main.ts') },
    outdir: staging,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
    plugins: [outside, place],
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    logLevel: 'warning',
  });
  rmSync(cache, { recursive: true, force: true });
  renameSync(staging, cache);
} catch {
  process.exitCode = 1; // esbuild has said why
} finally {
  rmSync(staging, { recursive: true, force: true });
}
