// SPDX-License-Identifier: MIT
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadPolicies } from '../src/commands/gen/inputs.ts';
import { seriesToCheck } from '../src/commands/test/trees.ts';
import { policyText, PV_LOCK, TestProject } from './project.ts';
import { editFile, factsOf, writeSyntheticTree } from './synthetic-tree.ts';

/** Policy `old` is for 6.1; `new` is not, and asks for what the tree in `linux/` lacks. */
function project(): { readonly project: TestProject; readonly tree: string } {
  const project = new TestProject({
    new: policyText('new', 'debooster: {},', { targets: "['kvm-host']", trees: "['6.12']" }),
    old: policyText('old', PV_LOCK, { trees: "['6.1']" }),
  });
  const tree = join(project.root, 'linux');
  writeSyntheticTree(tree, factsOf('6.1'));
  editFile(tree, 'kernel/sched/fair.c', (text) => text.replaceAll('set_skip_buddy(', 'elsewhere('));
  return { project, tree };
}

const series = (files: readonly { readonly path: string }[]): string[] => files.map((f) => f.path).filter((path) => path.endsWith('/series'));

describe('a policy that is not for all trees', () => {
  it('is left out where the sources of a known tree are read', async () => {
    const { project: p } = project();
    const json = await p.json('gen', '--tree', 'linux', '--out', 'live');
    expect(json).toMatchObject({ code: 0, diagnostics: [] });
    expect(series(json.files)).toEqual(['live/6.1/old/series', 'live/lab/6.1/series']);
    await p.run('gen');
    const check = await p.json('gen', '--tree', 'linux', '--check');
    expect(series(check.files)).toEqual(['patches/6.1/old/series', 'patches/lab/6.1/series']);
    expect(check.files.filter((f) => f.status === 'missing')).toEqual([]);
  });

  it.each([['linux', '6.1'], ['6.1', '6.1']])('is an error where it is named with --tree %s', async (typed, tree) => {
    const { project: p } = project();
    const argv = ['gen', 'new', '--tree', typed];
    expect(await p.json(...argv)).toMatchObject({ code: 2, files: [], diagnostics: [{ code: 'POLICY_NOT_FOR_TREE', at: { file: 'policies/new.policy.ts', line: 6, column: 10, path: 'trees' } }] });
    const plain = await p.run(...argv);
    expect(plain).toMatchObject({ code: 2, stdout: '' });
    expect(plain.stderr).toContain(`policies/new.policy.ts:6:10: error POLICY_NOT_FOR_TREE: policy new is not for tree ${tree}, only for 6.12`);
    expect(await p.json('gen', 'old', '--tree', typed)).toMatchObject({ code: 0 });
  });

  it('is generated for a kernel that is no known tree, whatever its trees', async () => {
    const { project: p, tree } = project();
    editFile(tree, 'Makefile', (text) => text.replace('PATCHLEVEL = 1', 'PATCHLEVEL = 8'));
    expect(series((await p.json('gen', 'old', '--tree', 'linux', '--out', 'live')).files)).toEqual(['live/6.8/old/series']);
    expect(await p.json('gen', '--tree', 'linux', '--out', 'live')).toMatchObject({ code: 1, diagnostics: [{ code: 'TREE_LACKS_FEATURE', at: { file: 'policies/new.policy.ts' } }] });
  });

  it.each([[['lab', 'check']], [['lab', 'build']], [['lab', 'smoke']], [['lab', 'stress']]])('is found before anything is fetched: %j', async (command) => {
    const { project: p } = project();
    expect(await p.json(...command, '--policy', 'new', '--tree', '6.1')).toMatchObject({ code: 2, diagnostics: [{ code: 'POLICY_NOT_FOR_TREE' }] });
    expect(await p.json(...command, '--policy', 'new', '--tree', '9.9')).toMatchObject({ code: 2, diagnostics: [{ code: 'TREE_UNKNOWN' }] });
    expect(await p.json(...command, '--policy', 'nobody', '--tree', '6.1')).toMatchObject({ code: 2, diagnostics: [{ code: 'POLICY_NOT_FOUND' }] });
  });

  it('is found before anything is fetched for an experiment, once for all trees', async () => {
    const { project: p } = project();
    mkdirSync(join(p.root, 'experiments'));
    writeFileSync(join(p.root, 'experiments/e.experiment.ts'), `import { defineExperiment, hackbench } from '@unspin/experiment';
export default defineExperiment({
  name: 'e', title: 'E', question: 'For a test?', trees: ['6.1', '6.12', '7.2'], policy: 'new', seeds: 6,
  scenarios: { one: { vms: [{ name: 'a', vCpus: 2, workload: hackbench() }] } },
  arms: { off: {} },
  metrics: { seconds: { title: 'time', from: { kind: 'workload', value: 'seconds' } } },
});
`);
    const json = await p.json('lab', 'run', 'experiments/e.experiment.ts', '--out', 'out');
    expect(json).toMatchObject({ code: 2 });
    expect(json.diagnostics.map((d) => [d.code, d.message])).toEqual(['6.1', '7.2'].map((tree) => ['POLICY_NOT_FOR_TREE', `policy new is not for tree ${tree}, only for 6.12`]));
  });

  it('is no part of what is checked of a tree', async () => {
    const { project: p } = project();
    const loaded = await loadPolicies({ root: p.root, cwd: p.root, env: {}, signal: new AbortController().signal, interactive: false, color: false, stdout: () => {}, stderr: () => {} }, []);
    const policies = loaded.ok ? loaded.value.map(({ policy }) => policy) : [];
    expect(seriesToCheck(policies, '6.1', '/s', false).map((s) => [s.name, s.dir])).toEqual([['old', '/s/6.1/old'], ['lab', '/s/lab/6.1']]);
    expect(seriesToCheck(policies, '6.12', '/s', false).map((s) => s.name)).toEqual(['new', 'lab']);
    expect(seriesToCheck(policies, '7.2', '/s', false).map((s) => s.name)).toEqual(['lab']);
  });
});
