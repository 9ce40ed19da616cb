// SPDX-License-Identifier: MIT
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runGen } from '../src/commands/gen/index.ts';
import { realFs, type OutputFs } from '../src/commands/gen/write.ts';
import { policyText, PV_LOCK, TestProject } from './project.ts';

const filesBelow = (dir: string): Map<string, string> =>
  new Map(
    readdirSync(dir, { recursive: true, encoding: 'utf8' })
      .filter((f) => statSync(join(dir, f)).isFile())
      .sort()
      .map((f) => [f, readFileSync(join(dir, f), 'utf8')]),
  );

const guest = (): TestProject => new TestProject({ guest: policyText('guest', PV_LOCK) });
const stale = '/patches/6.12/guest/series';

describe('gen', () => {
  it('writes the series of every policy and tree, and the second time nothing', async () => {
    const project = guest();
    expect((await project.run('gen')).code).toBe(0);
    const first = filesBelow(join(project.root, 'patches'));
    expect([...first.keys()]).toEqual(expect.arrayContaining(['6.1/guest/series', '6.12/guest/0000-cover-letter.txt', 'lab/7.2/series']));
    expect(first.has('7.2/guest/series')).toBe(false);
    const times = statSync(join(project.root, stale)).mtimeMs;
    const again = await project.json('gen');
    expect(again.files.every((f) => f.status === 'unchanged')).toBe(true);
    expect(filesBelow(join(project.root, 'patches'))).toEqual(first);
    expect(statSync(join(project.root, stale)).mtimeMs).toBe(times);
  });

  it('changes only the lines that carry an edited number', async () => {
    const project = guest();
    await project.run('gen');
    project.policy('guest', policyText('guest', PV_LOCK.replace('5555', '7777')));
    const { code, stdout } = await project.run('gen', '--diff');
    expect(code).toBe(0);
    const changed = stdout.split('\n').filter((l) => /^[+-](?![+-])/.test(l));
    expect(changed.length).toBeGreaterThan(0);
    for (const line of changed) expect(line).toMatch(line.startsWith('-') ? /5555/ : /7777/);
    expect((await project.json('gen', '--check')).files.filter((f) => f.status === 'stale').length).toBeGreaterThan(0);
  });

  it('--check names what is stale, shows the difference and the command that mends it', async () => {
    const project = guest();
    await project.run('gen');
    expect((await project.run('gen', '--check')).code).toBe(0);
    writeFileSync(join(project.root, stale), 'changed by hand\n');
    const { code, stdout, stderr } = await project.run('gen', '--check');
    expect(code).toBe(1);
    expect(stderr).toContain('GEN_STALE: patches/6.12/guest/series differs');
    expect(stderr).toContain('pnpm gen guest');
    expect(stdout).toContain('-changed by hand');
    expect(readFileSync(join(project.root, stale), 'utf8')).toBe('changed by hand\n');
    const json = await project.json('gen', '--check', 'guest');
    expect(json).toMatchObject({ ok: false, command: 'gen', exitCode: 1, code: 1 });
    expect(json.files.filter((f) => f.status !== 'unchanged')).toEqual([{ path: 'patches/6.12/guest/series', status: 'stale' }]);
    expect(json.diff).toBe(stdout);
  });

  it.each(['--check', '--diff'])('%s --json gives the difference that is shown without', async (flag) => {
    const project = guest();
    await project.run('gen');
    expect((await project.json('gen', flag)).diff).toBe('');
    writeFileSync(join(project.root, stale), 'changed by hand\n');
    const { diff } = await project.json('gen', flag);
    expect(diff).toContain('--- a/patches/6.12/guest/series');
    expect(diff).toMatch(/\n-changed by hand\n\+[^]*\n\+0001-/);
    expect(diff).toBe((await project.run('gen', flag)).stdout);
    expect((await project.json('gen')).diff).toBeUndefined();
  });

  it('removes what policies no longer give, and nothing else', async () => {
    const project = new TestProject({ guest: policyText('guest', PV_LOCK), gone: policyText('gone', PV_LOCK) });
    await project.run('gen');
    const patches = join(project.root, 'patches');
    writeFileSync(join(patches, '6.1/guest/0099-old.patch'), 'old');
    writeFileSync(join(patches, '6.1/guest/NOTES'), 'mine');
    writeFileSync(join(project.root, 'policies/gone.policy.ts'), policyText('other', PV_LOCK));
    renameSync(join(project.root, 'policies/gone.policy.ts'), join(project.root, 'policies/other.policy.ts'));
    const json = await project.json('gen');
    expect(json.files.filter((f) => f.status === 'removed').map((f) => f.path)).toEqual(expect.arrayContaining(['patches/6.1/guest/0099-old.patch', 'patches/6.1/gone/series']));
    expect(existsSync(join(patches, '6.1/gone'))).toBe(false);
    expect(readFileSync(join(patches, '6.1/guest/NOTES'), 'utf8')).toBe('mine');
  });

  it('signs off only when asked to, and with nobody invented', async () => {
    const project = guest();
    await project.run('gen', '--out', 'signed', '--sign-off', 'A Person <person@example.org>');
    const signed = [...filesBelow(join(project.root, 'signed/6.1/guest')).values()].join('');
    expect(signed).toContain('From: A Person <person@example.org>');
    expect(signed).toContain('Signed-off-by: A Person <person@example.org>');
    await project.run('gen');
    expect([...filesBelow(join(project.root, 'patches/6.1/guest')).values()].join('')).not.toContain('Signed-off-by');
    expect(await project.json('gen', '--sign-off')).toMatchObject({ code: 2, diagnostics: [{ code: 'USAGE' }] });
  });

  it('restricts itself to a named tree', async () => {
    const project = guest();
    await project.run('gen', '--tree', '6.1');
    expect(readdirSync(join(project.root, 'patches')).sort()).toEqual(['6.1', 'lab']);
  });
});

describe('gen into a folder that cannot be written', () => {
  it('says so where a file stands in its way', async () => {
    const project = guest();
    writeFileSync(join(project.root, 'taken'), '');
    expect(await project.json('gen', '--out', 'taken')).toMatchObject({ code: 1, diagnostics: [{ code: 'OUTPUT_NOT_WRITABLE' }] });
    expect(readFileSync(join(project.root, 'taken'), 'utf8')).toBe('');
  });

  it('says so where the system has no room for it, and returns', async () => {
    expect(await guest().json('gen', '--out', '/proc/unspin/out')).toMatchObject({ code: 1, diagnostics: [{ code: 'OUTPUT_NOT_WRITABLE' }] });
  });

  it.each([
    ['EROFS', 'OUTPUT_NOT_WRITABLE'],
    ['ENOSPC', 'LAB_DISK_FULL'],
  ])('leaves nothing half-written on %s', async (errno, code) => {
    const project = guest();
    mkdirSync(join(project.root, 'patches'));
    let writes = 0;
    const failing: OutputFs = {
      ...realFs,
      write: (path, text) => {
        if (++writes === 4) throw Object.assign(new Error(errno), { code: errno });
        realFs.write(path, text);
      },
    };
    const context = { root: project.root, cwd: project.root, env: {}, signal: new AbortController().signal, interactive: false, color: false, stdout: () => {}, stderr: () => {} };
    expect(await runGen(context, [], {}, failing)).toMatchObject({ diagnostics: [{ code }] });
    expect(writes).toBe(4);
    expect([...filesBelow(join(project.root, 'patches')).keys()]).toEqual([]);
  });
});
