// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { access, mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fail, ok, type Result } from '@unspin/diagnostics';
import type { GuestProgram, Program } from '@unspin/experiment';
import { compileProgram, GUEST_DIR } from '../boot/compile.ts';
import { normalizeEntries, withLibraries, writeInitramfs, type ImageEntry } from '../boot/initramfs.ts';
import { findKvmModules, firmware, type KernelDir } from '../boot/nest.ts';
import { findTools, type BootToolName } from '../boot/tools.ts';
import { guestPrograms } from './guest-programs.ts';
import { claim, removeOfDead } from '../kept.ts';
import { PROGRAM_SOURCES, type ProgramSource } from './programs.ts';

/** The host's image for one kernel and one set of programs, the guests' image in it. Cells add their settings to it. */
export interface ExperimentImages {
  readonly host: string;
  /** Of everything in it. */
  readonly sha256: string;
  /** The first digits of it. */
  readonly key: string;
  /** Name of the guests' kernel in the host. */
  readonly guestKernel: string;
  /** What is in it of packages. */
  readonly programs: readonly GuestProgram[];
}

export interface ImagesRequest {
  readonly kernel: KernelDir;
  readonly programs: readonly Program[];
  /** Images are kept here, a folder for each key. */
  readonly cacheDir: string;
  /** Programs elsewhere than on PATH; `qemu` is the guests' QEMU. */
  readonly tools?: Partial<Record<BootToolName, string>>;
}

/** Tools that make images and are not in them. */
const MAKERS: readonly string[] = ['cpio', 'ldd', 'gcc'] satisfies readonly BootToolName[];

/** Of some 75 MB each. A sweep needs one for each tree. */
const KEPT_IMAGES = 12;

const CONDUCTOR = ['conductor.c', 'conf.c', 'report.c', 'snapshot.c'].map((name) => join('conductor', name));

const exists = (path: string): Promise<boolean> => access(path).then(() => true, () => false);
/** The kernel that need not unpack itself, where the build kept one. QEMU takes either. */
export async function bootableKernel({ bzImage, modules }: KernelDir): Promise<string> {
  const vmlinux = join(modules, 'vmlinux');
  return (await exists(vmlinux)) ? vmlinux : bzImage;
}

const unique = <T>(values: readonly T[]): readonly T[] => [...new Set(values)];

/** Tools that an image with these programs needs, besides those of any image. */
export function toolsOfPrograms(programs: readonly Program[]): readonly BootToolName[] {
  const sources = unique(programs).map((program) => PROGRAM_SOURCES[program]);
  const packaged = sources.flatMap(({ packaged = {} }) => Object.keys(packaged) as BootToolName[]);
  const files = sources.flatMap((source) => Object.values(source.files ?? {}).flatMap((file) => ('tool' in file ? [file.tool] : [])));
  return unique([...packaged, ...files]);
}

/** sha256 of names, modes and contents, in order. */
async function hashEntries(entries: readonly ImageEntry[]): Promise<string> {
  const hash = createHash('sha256');
  for (const entry of normalizeEntries(entries)) {
    const content = entry.kind === 'text' ? Buffer.from(entry.text) : await readFile(await realpath(entry.from));
    hash.update(`${entry.path} ${entry.mode} ${createHash('sha256').update(content).digest('hex')}\n`);
  }
  return hash.digest('hex');
}

type Found = Readonly<Partial<Record<BootToolName, string>>>;

type FileSource = NonNullable<ProgramSource['files']>[string];

async function fileEntry(path: string, source: FileSource, found: Found): Promise<ImageEntry> {
  if ('text' in source) return { kind: 'text', path, text: source.text, mode: 0o644 };
  const from = 'tool' in source ? found[source.tool]! : join(GUEST_DIR, source.guest);
  if (!('lines' in source) || source.lines === undefined) return { kind: 'copy', path, from, mode: 0o644 };
  const lines = (await readFile(from, 'utf8')).split('\n').slice(0, source.lines);
  return { kind: 'text', path, text: `${lines.join('\n')}\n`, mode: 0o644 };
}

async function guestEntries(request: ImagesRequest, found: Found, scratch: string): Promise<Result<readonly ImageEntry[]>> {
  const script = (path: string, name: string): ImageEntry => ({ kind: 'copy', path, from: join(GUEST_DIR, name), mode: 0o755 });
  const entries: ImageEntry[] = [{ kind: 'copy', path: 'bin/busybox', from: found.busybox!, mode: 0o755 }, script('init', 'experiment-l2.sh'), script('programs.sh', 'programs.sh')];
  for (const program of unique(request.programs)) {
    const { packaged = {}, own = [], files = {}, module } = PROGRAM_SOURCES[program];
    for (const [tool, name] of Object.entries(packaged)) entries.push(...(await withLibraries(`bin/${name}`, found[tool as BootToolName]!, found.ldd!)));
    for (const name of own) {
      const compiled = await compileProgram(found.gcc!, [`${name}.c`], join(scratch, name));
      if (!compiled.ok) return compiled;
      entries.push({ kind: 'copy', path: `bin/${name}`, from: compiled.value, mode: 0o755 });
    }
    for (const [path, source] of Object.entries(files)) entries.push(await fileEntry(path, source, found));
    if (module === true) entries.push({ kind: 'copy', path: 'modules/unspin_load.ko', from: join(request.kernel.modules, 'unspin_load.ko'), mode: 0o644 });
  }
  return ok(entries);
}

/** Finds the images built, or builds them. */
export async function buildExperimentImages(request: ImagesRequest): Promise<Result<ExperimentImages>> {
  const { kernel, cacheDir } = request;
  const tools = findTools([...(['qemu', 'busybox', 'cpio', 'ldd', 'gcc', 'libc'] as const), ...toolsOfPrograms(request.programs)], request.tools ?? {});
  if (!tools.ok) return tools;
  const found: Found = tools.value;
  const inImages = Object.fromEntries(Object.entries(found).filter(([tool]) => !MAKERS.includes(tool)));
  const roms = await firmware();
  if (!roms.ok) return roms;
  const modules = await findKvmModules(kernel.modules);
  const needed = [kernel.bzImage, ...(request.programs.some((p) => PROGRAM_SOURCES[p].module) ? [join(kernel.modules, 'unspin_load.ko')] : [])];
  const absent = await Promise.all(needed.map(exists));
  const missing = modules['kvm'] === undefined ? 'kvm.ko' : needed[absent.indexOf(false)];
  if (missing !== undefined) return fail([{ code: 'LAB_QEMU', severity: 'error', message: `${missing} not found in ${kernel.modules}`, help: 'build the kernel first, with its modules' }]);

  await removeOfDead(cacheDir, /^\.?new-(\d+)$/);
  const scratch = join(cacheDir, `.new-${process.pid}`);
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { recursive: true });
  try {
    const guest = await guestEntries(request, found, scratch);
    if (!guest.ok) return guest;
    const conductor = await compileProgram(found.gcc!, CONDUCTOR, join(scratch, 'conductor'));
    if (!conductor.ok) return conductor;
    const guestImage = join(scratch, 'guest.cpio');
    const hostKernel = await bootableKernel(kernel);
    const guestKernel = `/l2/${basename(hostKernel)}`;
    const hostEntries: readonly ImageEntry[] = [
      { kind: 'copy', path: 'bin/busybox', from: found.busybox!, mode: 0o755 },
      { kind: 'copy', path: 'bin/conductor', from: conductor.value, mode: 0o755 },
      { kind: 'copy', path: 'init', from: join(GUEST_DIR, 'experiment-l1.sh'), mode: 0o755 },
      ...Object.entries(modules).map(([name, from]) => ({ kind: 'copy', path: `modules/${name}.ko`, from, mode: 0o644 }) as const),
      { kind: 'copy', path: guestKernel.slice(1), from: hostKernel, mode: 0o644 },
      ...roms.value,
      ...(await withLibraries('bin/qemu-system-x86_64', found.qemu!, found.ldd!)),
    ];
    const sha256 = createHash('sha256').update(await hashEntries(guest.value)).update(await hashEntries(hostEntries)).digest('hex');
    const key = sha256.slice(0, 20);
    const dir = join(cacheDir, key);
    const images = { host: join(dir, 'host.cpio'), sha256, key, guestKernel, programs: await guestPrograms(inImages) };
    const ours = await claim(cacheDir, key, KEPT_IMAGES);
    if (!ours.ok) return ours;
    if (await exists(images.host)) return ok(images);

    // Not compressed: under TCG unpacking costs more than reading. The guests' image is in memory either way.
    await writeInitramfs(guest.value, guestImage, { cpio: found.cpio! });
    await writeInitramfs([...hostEntries, { kind: 'copy', path: 'l2/initramfs', from: guestImage, mode: 0o644 }], join(scratch, 'host.cpio'), { cpio: found.cpio! });
    await mkdir(dir, { recursive: true });
    await rename(join(scratch, 'host.cpio'), images.host);
    await writeFile(join(dir, 'programs'), `${unique(request.programs).join('\n')}\n`);
    return ok(images);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
