// SPDX-License-Identifier: MIT
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compileTemplates, readTemplates } from '../src/commands/gen/templates.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'unspin-templates-'));
  mkdirSync(join(dir, 'ecs'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const rendered = async (name: string): Promise<string | undefined> => (await compileTemplates(readTemplates(dir))).get(name)?.({ ns: 5 });

describe('templates', () => {
  it('are what their files say, compiled before or not', async () => {
    const file = join(dir, 'ecs/area.h.hbs');
    // A text of its own each run, so that the first reading finds nothing compiled.
    writeFileSync(file, `#define ECS_NS {{ns}} /* ${process.pid} ${Date.now()} */\n`);
    const first = await rendered('ecs/area.h');
    expect(first).toMatch(/^#define ECS_NS 5 /);
    expect(await rendered('ecs/area.h')).toBe(first);
    writeFileSync(file, '#define ECS_MAX {{ns}}\n');
    expect(await rendered('ecs/area.h')).toBe('#define ECS_MAX 5\n');
  });

  it('are plain text where nothing is filled in, and leave C as it is', async () => {
    writeFileSync(join(dir, 'ecs/plain.c.hbs'), 'x = a < b && c;\n');
    writeFileSync(join(dir, 'ecs/filled.c.hbs'), 'x = a < {{ns}} && "c";\n');
    expect(await rendered('ecs/plain.c')).toBe('x = a < b && c;\n');
    expect(await rendered('ecs/filled.c')).toBe('x = a < 5 && "c";\n');
  });

  it('fail where they ask for what nobody gives', async () => {
    writeFileSync(join(dir, 'ecs/bad.c.hbs'), '{{msec}}\n');
    await expect(rendered('ecs/bad.c')).rejects.toThrow(/msec/);
  });
});
