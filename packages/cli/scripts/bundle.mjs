// SPDX-License-Identifier: MIT
/**
 * Bundles the command line into node_modules/.cache/unspin/: starting from TypeScript sources would cost more
 * than generating everything. Commands stay chunks of their own, and packages only some of them need stay
 * outside, loaded when such a command runs.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '../../..');
const cache = join(root, 'node_modules/.cache/unspin');

/** Bundled, because every run of `gen` needs them and one file loads faster than many. */
const INSIDE = new Set(['@babel/code-frame', 'commander', 'diff', 'handlebars', 'handlebars/runtime.js', 'picocolors', 'zod']);

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

/** Names this state of the program: all of the packages' sources and what they depend on. */
function programId() {
  const hash = createHash('sha256').update(readFileSync(join(root, 'pnpm-lock.yaml')));
  for (const name of readdirSync(join(root, 'packages')).sort()) {
    for (const part of ['src', 'scripts']) {
      const dir = join(root, 'packages', name, part);
      const files = existsSync(dir) ? readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort() : [];
      for (const file of files) hash.update(`${relative(root, file)}\0`).update(readFileSync(file)).update('\0');
    }
  }
  return hash.digest('hex');
}

const staging = `${cache}.${process.pid}`;
try {
  await build({
    define: { UNSPIN_PROGRAM_ID: JSON.stringify(programId()) },
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
  mkdirSync(cache, { recursive: true });
  // Chunks are named by content. Those of an older bundle stay for a while: a long run may still have to load one.
  const stale = Date.now() - 7 * 24 * 3600 * 1000;
  for (const name of readdirSync(cache)) if (statSync(join(cache, name)).mtimeMs < stale) rmSync(join(cache, name), { recursive: true, force: true });
  const names = readdirSync(staging).filter((name) => name !== 'main.mjs');
  // Another process may do the same at the same time: each file is replaced whole, and the one that names the others last.
  for (const name of [...names, 'main.mjs']) renameSync(join(staging, name), join(cache, name));
} catch (error) {
  if (error.errors === undefined) process.stderr.write(`unspin: ${error.message}\n`); // else esbuild has said why
  process.exitCode = 1;
} finally {
  rmSync(staging, { recursive: true, force: true });
}
