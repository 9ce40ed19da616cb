// SPDX-License-Identifier: MIT
/** What is built after a patch, by a make that looks at times as make does. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compile, type Strict } from '../src/series-check/strict.ts';
import type { TouchedFile } from '../src/series.ts';
import type { Workdir } from '../src/workdir.ts';

/** Every object depends on its source and on sched.h; rt.c is part of core.c. */
const MAKE = `#!/bin/sh
for a; do case $a in O=*) out=\${a#O=};; esac; last=$a; done
case $last in
allnoconfig) cp "$KCONFIG_ALLCONFIG" "$out/.config"; exit 0;;
syncconfig) exit 0;;
esac
cd "$FAKE_SRC/kernel/sched" && mkdir -p "$out/kernel/sched"
for o in core fair; do
  object=$out/kernel/sched/$o.o
  if [ ! -e "$object" ] || [ $o.c -nt "$object" ] || [ sched.h -nt "$object" ] || { [ $o = core ] && [ rt.c -nt "$object" ]; }; then
    echo $o >>"$out/built"
    : >"$object"
  fi
done
`;

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'unspin-strict-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const touched = (name: string): TouchedFile => ({ path: `kernel/sched/${name}`, added: false, removed: false });

function fake() {
  const [bin, src, strict] = [join(dir, 'bin'), join(dir, 'src'), join(dir, 'strict')];
  for (const path of [bin, join(src, 'kernel/sched'), strict]) mkdirSync(path, { recursive: true });
  writeFileSync(join(bin, 'make'), MAKE);
  chmodSync(join(bin, 'make'), 0o755);
  // A past that lies behind everything that is done now, and each change behind the one before.
  let clock = Date.now() / 1000 - 1000;
  const change = (...names: string[]): void => {
    clock += 100;
    for (const name of names) {
      const path = join(src, 'kernel/sched', name);
      writeFileSync(path, '');
      utimesSync(path, clock, clock);
    }
    // Objects so far are older than the change, as they would be.
    for (const object of ['core.o', 'fair.o'].map((o) => join(strict, 'kernel/sched', o)).filter(existsSync)) utimesSync(object, clock - 50, clock - 50);
  };
  const options = { env: { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}`, FAKE_SRC: src } };
  const context: Strict = { workdir: { tree: 't', src, strict } as Workdir, config: [], jobs: 1, hooks: options, options };
  const built = async (only?: readonly TouchedFile[], targets: readonly string[] = ['kernel/sched/']): Promise<string[]> => {
    rmSync(join(strict, 'built'), { force: true });
    const done = await compile(context, targets, { kind: 'absent' }, only);
    if ('problem' in done) throw new Error(done.problem.message);
    return existsSync(join(strict, 'built')) ? readFileSync(join(strict, 'built'), 'utf8').trim().split('\n') : [];
  };
  change('core.c', 'fair.c', 'rt.c', 'sched.h');
  return { change, built };
}

describe('what is built after a patch', () => {
  it('is the files it touches, and behind the last one who includes its headers', async () => {
    const { change, built } = fake();
    expect(await built()).toEqual(['core', 'fair']);
    change('fair.c', 'sched.h');
    expect(await built([touched('fair.c'), touched('sched.h')])).toEqual(['fair']);
    expect(await built()).toEqual(['core']);
    expect(await built()).toEqual([]);
  });

  it('is the whole folder where a touched file is part of others, or only a header is touched', async () => {
    const { change, built } = fake();
    await built();
    change('rt.c');
    expect(await built([touched('rt.c')])).toEqual(['core']);
    change('sched.h');
    expect(await built([touched('sched.h')])).toEqual(['core', 'fair']);
  });

  it('stays held back while another folder is built', async () => {
    const { change, built } = fake();
    await built();
    change('fair.c', 'sched.h');
    await built([touched('fair.c'), touched('sched.h')]);
    expect(await built(undefined, ['kernel/locking/'])).toEqual([]);
    expect(await built()).toEqual(['core']);
  });
});
