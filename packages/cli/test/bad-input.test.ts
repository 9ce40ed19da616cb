// SPDX-License-Identifier: MIT
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { policyText, PV_LOCK, TestProject } from './project.ts';
import { editFile, factsOf, writeSyntheticTree } from './synthetic-tree.ts';

const PLE_OFF = 'spin: { ple: { gapCycles: cycles(0) } }, debooster: {},';
const HOST = { targets: "['kvm-host']" };

interface Bad {
  readonly name: string;
  readonly text: string;
  readonly code: string;
  readonly at?: { readonly line: number; readonly column: number; readonly path?: string };
  readonly exit?: number;
}

const BAD_POLICIES: readonly Bad[] = [
  { name: 'unknown-key', text: policyText('unknown-key', 'spin: { pvLocks: {} },'), code: 'POLICY_UNKNOWN_KEY', at: { line: 7, column: 11, path: 'spin.pvLocks' } },
  { name: 'wrong-unit', text: policyText('wrong-unit', PV_LOCK.replace('iterations(', 'ns(')), code: 'POLICY_WRONG_UNIT', at: { line: 7, column: 42, path: 'spin.pvLock.thresholdIterations' } },
  { name: 'no-unit', text: policyText('no-unit', PV_LOCK.replace('iterations(5555)', '5555')), code: 'POLICY_WRONG_UNIT', at: { line: 7, column: 42 } },
  { name: 'range', text: policyText('range', PV_LOCK.replace('5555', '3')), code: 'POLICY_OUT_OF_RANGE', at: { line: 7, column: 42 } },
  { name: 'conflict', text: policyText('conflict', PLE_OFF, HOST), code: 'MECHANISM_CONFLICT', at: { line: 7, column: 18, path: 'spin.ple.gapCycles' } },
  { name: 'target', text: policyText('target', 'debooster: {},'), code: 'TARGET_CANNOT', at: { line: 7, column: 3, path: 'debooster' } },
  { name: 'throws', text: `const limit: number = 3;\n\nif (limit > 2) throw new Error('too many');\nexport default limit;\n`, code: 'POLICY_THROWS', at: { line: 3, column: 22 } },
  { name: 'syntax', text: `export default {\n  name: [1,\n};\n`, code: 'POLICY_SYNTAX', at: { line: 3, column: 1 } },
  { name: 'import', text: `import { nothing } from './absent.ts';\nexport default nothing;\n`, code: 'POLICY_THROWS', at: { line: 1, column: 25 } },
  { name: 'no-export', text: 'export const policy = {};\n', code: 'POLICY_NO_EXPORT', at: { line: 1, column: 1 } },
  { name: 'tree', text: policyText('tree', PV_LOCK, { trees: "['6.1', '9.9']" }), code: 'TREE_UNKNOWN', at: { line: 6, column: 18, path: 'trees.1' }, exit: 2 },
];

describe('a bad policy', () => {
  it.each(BAD_POLICIES)('$name', async ({ name, text, code, at, exit = 1 }) => {
    const project = new TestProject({ [name]: text });
    const file = `policies/${name}.policy.ts`;
    const json = await project.json('gen');
    expect(json.diagnostics).toHaveLength(1);
    expect(json).toMatchObject({ ok: false, code: exit, exitCode: exit, diagnostics: [{ code, at: { file, ...at } }] });
    const plain = await project.run('gen');
    expect(plain.code).toBe(exit);
    expect(plain.stdout).toBe('');
    expect(plain.stderr).toContain(`${file}:${at?.line}:${at?.column}: error ${code}`);
    expect(plain.stderr).toContain(`> ${at?.line} |`);
  });

  it('is reported with all others at once', async () => {
    const project = new TestProject({});
    for (const { name, text } of BAD_POLICIES.slice(0, 4)) project.policy(name, text);
    const codes = (await project.json('gen')).diagnostics.map((d) => d.code);
    expect(codes.sort()).toEqual(['POLICY_OUT_OF_RANGE', 'POLICY_UNKNOWN_KEY', 'POLICY_WRONG_UNIT', 'POLICY_WRONG_UNIT']);
  });

  it('that does not exist is wrong usage', async () => {
    expect(await new TestProject({}).json('gen', 'nobody')).toMatchObject({ code: 2, diagnostics: [{ code: 'POLICY_NOT_FOUND' }] });
  });
});

/** The same without --json: nothing on stdout, and all that is wrong on stderr. */
async function plainly(project: TestProject, argv: readonly string[], code: number, says: readonly string[]): Promise<void> {
  const plain = await project.run(...argv);
  expect(plain).toMatchObject({ code, stdout: '' });
  for (const text of says) expect(plain.stderr).toContain(text);
}

describe('a kernel tree on disk', () => {
  const withTree = (sections: string, options = {}): { project: TestProject; tree: string } => {
    const project = new TestProject({ p: policyText('p', sections, options) });
    const tree = join(project.root, 'linux');
    writeSyntheticTree(tree, factsOf('6.1'));
    return { project, tree };
  };

  it('gives the committed patches where it is the recorded one', async () => {
    const { project } = withTree(PV_LOCK);
    await project.run('gen', 'p', '--tree', '6.1');
    const live = await project.json('gen', 'p', '--tree', 'linux', '--check');
    const hunks = (await project.run('gen', 'p', '--tree', 'linux', '--diff')).stdout;
    expect(hunks.split('\n').filter((l) => /^[+-](?![+-])/.test(l) && !l.includes('@@'))).toEqual([]);
    expect(live.files.every((f) => f.path.startsWith('patches/6.1/p/'))).toBe(true);
  });

  it('with a renamed function', async () => {
    const { project, tree } = withTree('debooster: {},', HOST);
    editFile(tree, 'kernel/sched/fair.c', (text) => `${text}/* entity_eligible( set_skip_buddy( */\n`.replaceAll('yield_to_task_fair(', 'yield_elsewhere_fair('));
    const json = await project.json('gen', 'p', '--tree', 'linux');
    const lost = json.diagnostics.find((d) => d.code === 'TREE_FUNCTION_MISSING');
    expect(json.code).toBe(1);
    expect(lost?.message).toContain('yield_to_task_fair');
    expect(lost?.at?.file).toBe(join(tree, 'kernel/sched/fair.c'));
    await plainly(project, ['gen', 'p', '--tree', 'linux'], 1, [`${join(tree, 'kernel/sched/fair.c')}:${lost?.at?.line}:${lost?.at?.column}: error TREE_FUNCTION_MISSING`, `> ${lost?.at?.line} |`]);
  });

  it('with an anchor that occurs twice', async () => {
    const { project, tree } = withTree(PV_LOCK);
    const site = factsOf('6.1').sites['spin.pvLockThreshold'];
    if (site === undefined) throw new Error('no such site');
    editFile(tree, site.file, (text) => `${text}${text.split('\n').slice(site.line - 1, site.line - 1 + site.length).join('\n')}\n`);
    const json = await project.json('gen', 'p', '--tree', 'linux');
    expect(json).toMatchObject({ code: 1, diagnostics: [{ code: 'TREE_ANCHOR_AMBIGUOUS', at: { file: join(tree, site.file), line: site.line } }] });
    await plainly(project, ['gen', 'p', '--tree', 'linux'], 1, [`${join(tree, site.file)}:${site.line}:1: error TREE_ANCHOR_AMBIGUOUS`, `> ${site.line} |`, '\n1 error\n']);
  });

  it('with a file missing', async () => {
    const { project, tree } = withTree(PV_LOCK);
    const site = factsOf('6.1').sites['spin.pvLockThreshold'];
    const file = site?.file ?? '';
    rmSync(join(tree, file));
    const json = await project.json('gen', 'p', '--tree', 'linux');
    expect(json).toMatchObject({ code: 1, diagnostics: [{ code: 'TREE_FILE_MISSING', message: expect.stringContaining(file) }] });
    await plainly(project, ['gen', 'p', '--tree', 'linux'], 1, ['error TREE_FILE_MISSING', file]);
  });

  it('that lacks what a mechanism needs', async () => {
    const { project, tree } = withTree('debooster: {},', HOST);
    editFile(tree, 'kernel/sched/fair.c', (text) => text.replaceAll('set_skip_buddy(', 'elsewhere('));
    const json = await project.json('gen', 'p', '--tree', 'linux');
    expect(json).toMatchObject({ code: 1, diagnostics: [{ code: 'TREE_LACKS_FEATURE', at: { file: 'policies/p.policy.ts', line: 7, column: 3 } }] });
    await plainly(project, ['gen', 'p', '--tree', 'linux'], 1, ['policies/p.policy.ts:7:3: error TREE_LACKS_FEATURE', '> 7 |']);
  });

  it('that is no kernel, or not there', async () => {
    const project = new TestProject({ p: policyText('p', PV_LOCK) });
    mkdirSync(join(project.root, 'empty'));
    expect(await project.json('gen', '--tree', 'empty')).toMatchObject({ code: 2, diagnostics: [{ code: 'TREE_NOT_KERNEL' }] });
    await plainly(project, ['gen', '--tree', 'empty'], 2, ['error TREE_NOT_KERNEL', 'empty']);
    expect(await project.json('gen', '--tree', '9.9')).toMatchObject({ code: 2, diagnostics: [{ code: 'TREE_UNKNOWN' }] });
    await plainly(project, ['gen', '--tree', '9.9'], 2, ['error TREE_UNKNOWN', 'nor is it a directory']);
  });
});

describe('wrong usage', () => {
  it.each([[['gen', '--nonsense']], [['nonsense']], [['lab', 'smoke']], [['lab', 'hostile']], [['tree', 'extract']]])('%j', async (argv) => {
    const project = new TestProject({});
    const json = await project.json(...argv);
    expect(json).toMatchObject({ ok: false, code: 2, exitCode: 2, diagnostics: [{ code: 'USAGE' }] });
    const plain = await project.run(...argv);
    expect(plain.code).toBe(2);
    expect(plain.stdout).toBe('');
    expect(plain.stderr).toContain('error USAGE');
  });

  it.each([
    ['has no eCS', PV_LOCK, "['kvm-guest']"],
    ['has eCS for guests only', 'ecs: {},', "['kvm-guest']"],
  ])('lab hostile with a policy that %s', async (lacks, sections, targets) => {
    const project = new TestProject({ p: policyText('p', sections, { targets }) });
    const json = await project.json('lab', 'hostile', '--tree', '7.2', '--policy', 'p');
    expect(json).toMatchObject({ ok: false, code: 2, diagnostics: [{ code: 'USAGE', message: expect.stringContaining(`policy p ${lacks}`), help: expect.stringContaining('--policy everything') }] });
  });

  it('help is no failure', async () => {
    const { code, stdout } = await new TestProject({}).run('gen', '--help');
    expect(code).toBe(0);
    expect(stdout).toContain('--sign-off');
  });
});
