// SPDX-License-Identifier: MIT
import { copyFile, cp, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fail, ok, type Diagnostic, type Result } from '@unspin/diagnostics';
import { buildFailure } from './build-errors.ts';
import { machinePlaces, missingBuildTools, onPath } from './build-tools.ts';
import { configure, type ConfigRequest } from './kconfig.ts';
import { claim } from './kept.ts';
import { withLock } from './lock.ts';
import type { LabHooks } from './progress.ts';
import { run, type RunOptions } from './run.ts';
import { sha256, type SeriesDir } from './series.ts';
import { checkoutSeries, exists, type Workdir } from './workdir.ts';

/** The same sources give the same bytes. */
export const KBUILD_ENV = { KBUILD_BUILD_TIMESTAMP: '2026-01-01', KBUILD_BUILD_USER: 'unspin', KBUILD_BUILD_HOST: 'lab', KBUILD_BUILD_VERSION: '1' };

/** Of a tree, some 18 MB each. */
const KEPT_KERNELS = 16;

/** The guests' lock loads, built against each kernel. */
const MODULE_DIR = fileURLToPath(new URL('../guest/module/', import.meta.url));

export interface BuildRequest {
  readonly workdir: Workdir;
  /** Applied in this order: a policy's series, and lab-only ones after it. */
  readonly series: readonly SeriesDir[];
  readonly config: readonly ConfigRequest[];
  readonly jobs?: number;
}

/** A kernel with KVM's modules, in a folder of its own that later builds leave alone. */
export interface BuiltKernel {
  /** Folder with bzImage, kvm.ko and friends, config and stamp.json. */
  readonly dir: string;
  readonly bzImage: string;
  readonly configHash: string;
  readonly key: string;
  readonly gcc: string;
  /** Taken from an earlier run: nothing was compiled. */
  readonly cached: boolean;
  readonly durationMs: number;
}

interface Stamp {
  readonly key: string;
  readonly configHash: string;
  readonly gcc: string;
  readonly objects: number;
}

/** Keys a build by tree, series, configuration, compiler and the lab's own module. */
export function buildKey(parts: { readonly version: string; readonly base: string; readonly patches: readonly string[]; readonly configHash: string; readonly gcc: string; readonly module: string }): string {
  return sha256([parts.version, parts.base, ...parts.patches, parts.configHash, parts.gcc, parts.module].join('\n')).slice(0, 20);
}

/** sha256 of the names and contents of the lab's module. */
async function moduleHash(): Promise<string> {
  const names = (await readdir(MODULE_DIR)).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(MODULE_DIR, name), 'utf8')));
  return sha256(names.map((name, i) => `${name}\n${texts[i]}`).join('\n'));
}

/** Arguments of every make of a tree. ccache where there is one. */
export function makeArgs(workdir: Workdir, out: string, jobs: number, hooks: LabHooks): readonly string[] {
  const ccache = onPath('ccache', machinePlaces(hooks.env)) ? ['CC=ccache gcc'] : [];
  // An empty LOCALVERSION keeps git's state (a "+") out of the release's name.
  return ['-C', workdir.src, `O=${out}`, `-j${jobs}`, 'LOCALVERSION=', ...ccache];
}

export const cores = (): number => availableParallelism();

export async function gccVersion(options: RunOptions): Promise<string> {
  const { ok: found, lines } = await run({ program: 'gcc', args: ['-dumpfullversion'] }, options);
  return found ? (lines[0] ?? 'unknown') : 'unknown';
}

async function readStamp(file: string): Promise<Stamp | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Stamp;
  } catch {
    return undefined;
  }
}

/** Builds bzImage and modules, or finds them built. A build that was killed goes on where it stopped. */
export async function buildKernel(request: BuildRequest, hooks: LabHooks = {}): Promise<Result<BuiltKernel>> {
  const missing = missingBuildTools(machinePlaces(hooks.env));
  if (missing !== undefined) return fail([missing]);
  return withLock(request.workdir.lock, hooks, () => buildLocked(request, hooks));
}

async function buildLocked({ workdir, series, config, jobs = cores() }: BuildRequest, hooks: LabHooks): Promise<Result<BuiltKernel>> {
  const started = performance.now();
  const options: RunOptions = { ...hooks, logFile: workdir.logFile };
  const { tree, build } = workdir;
  const patches = series.flatMap((s) => s.patches);
  hooks.onProgress?.({ kind: 'step', text: `${tree}: applying ${patches.length} patch${patches.length === 1 ? '' : 'es'}` });
  const applied = await checkoutSeries(workdir, patches, options);
  if (!applied.ok) return applied;

  hooks.onProgress?.({ kind: 'step', text: `${tree}: configuring` });
  const configured = await configure({ tree, src: workdir.src, buildDir: build, requests: config }, options);
  if (!configured.ok) return configured;
  const gcc = await gccVersion(options);
  const configHash = configured.value.hash;
  const key = buildKey({ version: workdir.version, base: workdir.base, patches: patches.map((p) => p.sha256), configHash, gcc, module: await moduleHash() });
  const kernels = join(workdir.root, 'kernels');
  const dir = join(kernels, key);
  const ours = await claim(kernels, key, KEPT_KERNELS, hooks);
  if (!ours.ok) return ours;
  const result = (cached: boolean): Result<BuiltKernel> =>
    ok({ dir, bzImage: join(dir, 'bzImage'), configHash, key, gcc, cached, durationMs: performance.now() - started }, configured.diagnostics);
  if ((await readStamp(join(dir, 'stamp.json'))) !== undefined) return result(true);

  const lastFile = join(workdir.root, 'last-build.json');
  const last = await readStamp(lastFile);
  hooks.onProgress?.({ kind: 'step', text: `${tree}: building bzImage and modules` });
  let objects = 0;
  const onLine = (line: string): void => {
    if (!/^\s+(?:CC|AS)\s/.test(line)) return;
    objects++;
    hooks.onProgress?.({ kind: 'objects', done: objects, ...(last === undefined ? {} : { of: last.objects }) });
  };
  const made = await run({ program: 'make', args: [...makeArgs(workdir, build, jobs, hooks), 'bzImage', 'modules'], env: KBUILD_ENV }, { ...options, onLine });
  if (!made.ok) return fail([buildFailure(made, { what: `${tree}: make bzImage modules`, dir: build, src: workdir.src, logFile: workdir.logFile })]);
  const own = await buildModule(workdir, jobs, hooks, options);
  if (own !== undefined) return fail([own]);
  const stamp: Stamp = { key, configHash, gcc, objects };
  const kept = await keep(build, dir, stamp, options);
  if (kept !== undefined) return fail([kept]);
  if (last === undefined || objects > last.objects) await writeFile(lastFile, JSON.stringify(stamp));
  return result(false);
}

/** Where the module's copy lies in O=: make leaves its products beside the sources. */
const moduleBuild = (build: string): string => join(build, 'unspin-module');

async function buildModule(workdir: Workdir, jobs: number, hooks: LabHooks, options: RunOptions): Promise<Diagnostic | undefined> {
  const { tree, build, src, logFile } = workdir;
  const dir = moduleBuild(build);
  await rm(dir, { recursive: true, force: true });
  await cp(MODULE_DIR, dir, { recursive: true });
  const made = await run({ program: 'make', args: [...makeArgs(workdir, build, jobs, hooks), `M=${dir}`, 'modules'], env: KBUILD_ENV }, options);
  return made.ok ? undefined : buildFailure(made, { what: `${tree}: make M=${dir} modules`, dir: build, src, logFile });
}

/** Copies what a boot needs out of O=. The folder gets its name, and so counts as built, last. */
async function keep(build: string, dir: string, stamp: Stamp, options: RunOptions): Promise<Diagnostic | undefined> {
  const fresh = `${dir}.new`;
  try {
    await rm(fresh, { recursive: true, force: true });
    await mkdir(fresh, { recursive: true });
    await copyFile(join(build, 'arch/x86/boot/bzImage'), join(fresh, 'bzImage'));
    await copyFile(join(build, '.config'), join(fresh, 'config'));
    // Without symbols, for QEMU's direct boot (PVH): seconds less under an emulator than a kernel that unpacks itself.
    const stripped = await run({ program: 'objcopy', args: ['-S', join(build, 'vmlinux'), join(fresh, 'vmlinux')] }, options);
    if (!stripped.ok) return buildFailure(stripped, { what: 'objcopy -S vmlinux', dir: build });
    for (const folder of [join(build, 'arch/x86/kvm'), join(build, 'virt/lib'), moduleBuild(build)]) {
      if (!(await exists(folder))) continue;
      for (const name of await readdir(folder)) {
        if (name.endsWith('.ko')) await copyFile(join(folder, name), join(fresh, basename(name)));
      }
    }
    await writeFile(join(fresh, 'stamp.json'), `${JSON.stringify(stamp, null, 2)}\n`);
    await rm(dir, { recursive: true, force: true });
    await rename(fresh, dir);
    return undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    await rm(fresh, { recursive: true, force: true });
    if (code === 'ENOSPC') return { code: 'LAB_DISK_FULL', severity: 'error', message: `no space left to keep the kernel in ${dir}`, help: `delete old kernels beside it` };
    return { code: 'LAB_BUILD_FAILED', severity: 'error', message: `the built kernel cannot be kept: ${message}` };
  }
}
