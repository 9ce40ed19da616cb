// SPDX-License-Identifier: MIT
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildFailure, firstErrors } from '../src/build-errors.ts';
import { missingBuildTools } from '../src/build-tools.ts';
import { buildKernel } from '../src/build.ts';
import { roomFor } from '../src/free-space.ts';
import { parseFragment } from '../src/kconfig.ts';
import type { LabEvent } from '../src/progress.ts';
import { pasteable, run, type RunResult } from '../src/run.ts';
import { readSeries, type SeriesDir } from '../src/series.ts';
import { openWorkdir } from '../src/workdir.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'unspin-build-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const result = (lines: readonly string[], code = 2): RunResult => ({ end: { kind: 'exited', code }, ok: code === 0, lines, durationMs: 1 });

describe('why a build failed', () => {
  const context = { what: '6.12: make bzImage', dir: '/nowhere/build', src: '/nowhere/src' };

  it('shows the compiler, not make', () => {
    const lines = [
      '  CC      kernel/sched/fair.o',
      "/nowhere/src/kernel/sched/fair.c:8801:9: error: implicit declaration of function 'yield_deboost' [-Werror=implicit-function-declaration]",
      ' 8801 |         yield_deboost(rq, se);',
      'cc1: some warnings being treated as errors',
      'make[4]: *** [/nowhere/src/scripts/Makefile.build:229: kernel/sched/fair.o] Error 1',
      'make: *** [Makefile:248: __sub-make] Error 2',
    ];
    expect(buildFailure(result(lines), context)).toMatchObject({
      code: 'LAB_BUILD_FAILED',
      message: "6.12: make bzImage: exit code 2\n  kernel/sched/fair.c:8801:9: error: implicit declaration of function 'yield_deboost' [-Werror=implicit-function-declaration]",
    });
  });

  it.each([
    ["ld: vmlinux.o: in function `x':\nfair.c:(.text+0x1): undefined reference to `yield_deboost'", /undefined reference/],
    ['ERROR: modpost: "yield_deboost" [arch/x86/kvm/kvm.ko] undefined!', /modpost/],
    ["make[3]: *** No rule to make target 'kernel/sched/x.o', needed by 'kernel/sched/built-in.a'.  Stop.", /No rule to make target/],
    ['/bin/sh: 1: bc: not found\nmake: *** [Kbuild:24] Error 127', /bc: not found/],
  ])('finds %j', (text, expected) => {
    expect(firstErrors(text.split('\n'))[0]).toMatch(expected);
  });

  it('tells a full disk, with its free space and what to delete', () => {
    const failure = buildFailure(result(['fatal error: error writing to /tmp/cc1.s: No space left on device', 'compilation terminated.']), { ...context, dir });
    expect(failure.code).toBe('LAB_DISK_FULL');
    expect(failure.message).toMatch(/\d+ MB free/);
    expect(failure.help).toContain(dir);
  });

  it("tells a full disk in git's words", () => {
    expect(buildFailure(result(["fatal: sha1 file '/nowhere/index.lock' write error. Out of diskspace"], 128), context).code).toBe('LAB_DISK_FULL');
  });

  it('does not die of a log that cannot be written', async () => {
    expect(await run({ program: 'echo', args: ['said'] }, { logFile: '/dev/full' })).toMatchObject({ ok: true, lines: ['said'] });
  });

  it('says before it begins that there is not enough room', () => {
    expect(roomFor('6.12: builds', '/nowhere', 4e9, 287e6)).toMatchObject({ code: 'LAB_DISK_FULL', message: '6.12: builds needs about 4.0 GB in /nowhere, 0.3 GB are free' });
    expect(roomFor('6.12: builds', '/nowhere', 4e9, 4e9)).toBeUndefined();
    expect(roomFor('6.12: builds', '/nowhere', 4e9, undefined)).toBeUndefined();
  });

  it('tells a compiler that was killed', () => {
    expect(buildFailure({ ...result([]), end: { kind: 'killed', signal: 'SIGKILL' } }, context).message).toContain('out of memory?');
  });
});

describe('missing tools', () => {
  it('names all packages at once', () => {
    const missing = missingBuildTools({ path: '/bin', usable: (file) => !/flex|bison|gelf\.h|bc$/.test(file) });
    expect(missing?.code).toBe('LAB_TOOL_MISSING');
    expect(missing?.message).toContain('flex, bison, bc, gelf.h');
    expect(missing?.help).toContain('sudo apt-get install bc bison flex libelf-dev');
  });

  it('says nothing where all is there', () => {
    expect(missingBuildTools({ path: '/bin', usable: () => true })).toBeUndefined();
  });
});

describe('commands', () => {
  it('are printed so that a shell takes them', () => {
    expect(pasteable({ program: 'make', args: ['CC=ccache gcc', "it's"], cwd: '/a b', env: { A: '1 2' } })).toBe("cd '/a b' && A='1 2' make 'CC=ccache gcc' 'it'\\''s'");
  });

  it('that do not exist are told apart from those that fail', async () => {
    expect((await run({ program: 'unspin-no-such-program', args: [] })).end).toEqual({ kind: 'missing' });
    expect((await run({ program: 'false', args: [] })).end).toEqual({ kind: 'exited', code: 1 });
  });
});

/** A kernel tree and a PATH that hold just enough for buildKernel. */
const FAKE_MAKE = `#!/bin/sh
for a; do case $a in O=*) out=\${a#O=};; esac; last=$a; done
echo "$*" >>"$FAKE_LOG"
case $last in bzImage|modules) env | grep ^KBUILD_ | sort >>"$FAKE_LOG";; esac
case $last in
allnoconfig) cp "$KCONFIG_ALLCONFIG" "$out/.config"; exit 0;;
esac
[ -e "$FAKE_DIR/sleep" ] && { sleep 30 & echo $! >"$FAKE_DIR/child"; wait; }
[ -e "$FAKE_DIR/fail" ] && { cat "$FAKE_DIR/fail"; exit 2; }
echo "  CC      kernel/sched/fair.o"
mkdir -p $out/arch/x86/boot $out/arch/x86/kvm
echo kernel >$out/arch/x86/boot/bzImage
echo kernel >$out/vmlinux
echo module >$out/arch/x86/kvm/kvm.ko
`;

interface Fake {
  readonly build: (signal?: AbortSignal) => ReturnType<typeof buildKernel>;
  readonly events: LabEvent[];
  readonly log: () => string;
  readonly series: SeriesDir;
}

async function fakeTree(more: Readonly<Record<string, string>> = {}): Promise<Fake> {
  const bin = join(dir, 'bin');
  const src = join(dir, 'linux');
  mkdirSync(bin);
  mkdirSync(join(src, 'kernel/sched'), { recursive: true });
  writeFileSync(join(src, 'Makefile'), 'VERSION = 6\n');
  writeFileSync(join(src, 'kernel/sched/fair.c'), 'one\ntwo\nthree\n');
  writeFileSync(join(bin, 'make'), FAKE_MAKE);
  for (const tool of ['flex', 'bison', 'bc', 'kmod', 'cpio']) writeFileSync(join(bin, tool), '#!/bin/sh\n');
  // What it is to strip is no kernel.
  writeFileSync(join(bin, 'objcopy'), '#!/bin/sh\ncp "$2" "$3"\n');
  for (const tool of ['make', 'objcopy', 'flex', 'bison', 'bc', 'kmod', 'cpio']) chmodSync(join(bin, tool), 0o755);
  const patches = join(dir, 'series');
  mkdirSync(patches);
  writeFileSync(join(patches, 'series'), '# order\n0001-two.patch\n');
  writeFileSync(
    join(patches, '0001-two.patch'),
    'From 0 Mon Sep 17 00:00:00 2001\nFrom: unspin <unspin@localhost>\nSubject: [PATCH] sched: Two\n\nText.\n---\n kernel/sched/fair.c | 2 +-\n\ndiff --git a/kernel/sched/fair.c b/kernel/sched/fair.c\n--- a/kernel/sched/fair.c\n+++ b/kernel/sched/fair.c\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n-- \nunspin\n',
  );
  const env = { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}`, FAKE_DIR: dir, FAKE_LOG: join(dir, 'make.log'), ...more };
  const workdir = await openWorkdir({ tree: '6.12', version: '6.12.1', dir: src }, join(dir, 'cache'), { env });
  if (!workdir.ok) throw new Error(workdir.diagnostics[0]?.message);
  const series = await readSeries(patches);
  const config = parseFragment('CONFIG_SMP=y\n', 'base.config');
  if (!series.ok || !config.ok) throw new Error('fixture');
  const events: LabEvent[] = [];
  return {
    events,
    series: series.value,
    log: () => readFileSync(join(dir, 'make.log'), 'utf8'),
    build: (signal) => buildKernel({ workdir: workdir.value, series: [series.value], config: config.value, jobs: 2 }, { env, onProgress: (event) => events.push(event), ...(signal === undefined ? {} : { signal }) }),
  };
}

// The header and the machine's own tools are looked for on the machine.
const machineCanBuild = existsSync('/usr/include/gelf.h') && existsSync('/usr/include/openssl/ssl.h');

describe.runIf(machineCanBuild)('buildKernel', () => {
  it('patches, builds, keeps the result and finds it again', async () => {
    const fake = await fakeTree();
    const first = await fake.build();
    expect(first.ok && [first.value.cached, existsSync(join(first.value.dir, 'kvm.ko')), existsSync(first.value.bzImage)]).toEqual([false, true, true]);
    expect(fake.events).toContainEqual({ kind: 'objects', done: 1 });
    const before = fake.log();
    const second = await fake.build();
    expect(second.ok && second.value.cached).toBe(true);
    expect(fake.log().slice(before.length)).not.toContain('bzImage');
  });

  it('gives the kernel and the module no time, user, host or count of builds to remember', async () => {
    const fake = await fakeTree({ KBUILD_BUILD_USER: 'somebody', KBUILD_BUILD_VERSION: '7' });
    await fake.build();
    const told = fake.log().split(/^-C /m).slice(1).filter((make) => !make.includes('allnoconfig')).map((make) => make.trimEnd().split('\n'));
    expect(told.map(([args = '']) => [args.includes('bzImage'), args.includes(' M=')])).toEqual([[true, false], [false, true]]);
    for (const [args, ...env] of told) {
      expect(env).toEqual(['KBUILD_BUILD_HOST=lab', 'KBUILD_BUILD_TIMESTAMP=2026-01-01', 'KBUILD_BUILD_USER=unspin', 'KBUILD_BUILD_VERSION=1']);
      expect(args).toContain(' LOCALVERSION= ');
    }
  });

  it('reports a failed build and leaves nothing that counts as built', async () => {
    const fake = await fakeTree();
    writeFileSync(join(dir, 'fail'), "x.c:1:1: error: expected ';'\nmake: *** [Makefile:1: x] Error 2\n");
    const built = await fake.build();
    expect(built.diagnostics[0]).toMatchObject({ code: 'LAB_BUILD_FAILED' });
    rmSync(join(dir, 'fail'));
    const again = await fake.build();
    expect(again.ok && again.value.cached).toBe(false);
  });

  it('kills make with its children on an abort', async () => {
    const fake = await fakeTree();
    writeFileSync(join(dir, 'sleep'), '');
    const controller = new AbortController();
    const building = fake.build(controller.signal);
    while (!existsSync(join(dir, 'child')) || readFileSync(join(dir, 'child'), 'utf8') === '') await sleep(20);
    const child = Number(readFileSync(join(dir, 'child'), 'utf8'));
    controller.abort();
    const built = await building;
    expect(built.ok).toBe(false);
    expect(built.diagnostics[0]?.code).toBe('INTERRUPTED');
    await sleep(50);
    const state = existsSync(`/proc/${child}/stat`) ? readFileSync(`/proc/${child}/stat`, 'utf8').split(' ')[2] : 'gone';
    expect(['gone', 'Z']).toContain(state);
    rmSync(join(dir, 'sleep'));
    const again = await fake.build();
    expect(again.ok && again.value.cached).toBe(false);
  });

  it('reports a patch that does not apply and leaves the checkout usable', async () => {
    const fake = await fakeTree();
    const [patch] = fake.series.patches;
    writeFileSync(patch?.path ?? '', (patch?.text ?? '').replace(' one\n', ' uno\n'));
    expect((await fake.build()).diagnostics[0]).toMatchObject({ code: 'LAB_APPLY_FAILED', message: expect.stringContaining('0001-two.patch does not apply') as string });
    writeFileSync(patch?.path ?? '', patch?.text ?? '');
    expect((await fake.build()).ok).toBe(true);
  });
});
