// SPDX-License-Identifier: MIT
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeJsonl, type JournalEntry, type RunRecord } from '@unspin/experiment';
import { describe, expect, it } from 'vitest';
import { CANNED, cannedRun, type CannedOptions } from '../../experiment/test/canned.ts';
import { writeReports } from '../src/commands/experiment/reports.ts';
import { TestProject } from './project.ts';

const { loadSeconds, pauseLoops } = CANNED.metrics;
const CHANGE = { trees: ['6.12'], seeds: 6, scenarios: { 'two-hackbench': CANNED.scenarios['two-hackbench']! }, metrics: { loadSeconds: loadSeconds!, pauseLoops: pauseLoops! } };
const canned = (options: CannedOptions = {}): RunRecord => cannedRun({ change: CHANGE, ...options });
const RUN = canned();
const CELL = RUN.cells[0]!.cell;
const JOURNAL: readonly JournalEntry[] = [1, 2].map((attempt) => ({ cell: CELL, attempt, seconds: 12, verdict: attempt === 1 ? 'hang' : 'pass', evidence: '' }));
const REPORTS = ['report.html', 'report.junit.xml', 'report.ktap'];

function project(files: Readonly<Record<string, string>>): TestProject {
  const p = new TestProject({});
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(p.root, path, '..'), { recursive: true });
    writeFileSync(join(p.root, path), text);
  }
  return p;
}

const read = (p: TestProject, ...path: string[]): string => readFileSync(join(p.root, ...path), 'utf8');

describe('lab report', () => {
  it('makes every report anew beside the results, which stay as they are', async () => {
    const text = writeJsonl(RUN);
    const p = project({ 'run/results.jsonl': text });
    const { code, stdout, stderr } = await p.run('lab', 'report', 'run/results.jsonl');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('6.12, two VMs, hackbench: time of the load 0.8');
    expect(stdout).toContain('no record of retries');
    expect(stdout).toContain('results and report: run/results.jsonl, report.html');
    expect(readdirSync(join(p.root, 'run')).sort()).toEqual(['journal.jsonl', ...REPORTS, 'results.jsonl']);
    expect(read(p, 'run/results.jsonl')).toBe(text);
    expect(read(p, 'run/report.html')).toContain(CANNED.title);
    expect(read(p, 'run/report.ktap')).toMatch(/^KTAP version 1\n/);
    expect(read(p, 'run/report.junit.xml')).toContain('classname="experiment canned.6.12"');
  });

  it('takes the journal from beside the results, and writes elsewhere if wanted', async () => {
    const p = project({ 'run/results.jsonl': writeJsonl(RUN), 'run/journal.jsonl': JOURNAL.map((e) => `${JSON.stringify(e)}\n`).join('') });
    const json = await p.json('lab', 'report', 'run/results.jsonl', '--out', 'there');
    expect(json).toMatchObject({ ok: true, command: 'lab report', code: 0, summary: { experiment: { name: 'canned' }, reliability: { retries: 1 } }, diagnostics: [] });
    expect(json.files).toEqual(['results.jsonl', 'journal.jsonl', ...['html', 'ktap', 'junit.xml'].map((end) => `report.${end}`)].map((name) => `there/${name}`));
    expect(readdirSync(join(p.root, 'run')).sort()).toEqual(['journal.jsonl', 'results.jsonl']);
    const entries = (name: string): unknown[] => read(p, name).trimEnd().split('\n').map((line) => JSON.parse(line) as unknown);
    expect(entries('there/journal.jsonl')).toEqual(entries('run/journal.jsonl'));
  });

  it('says of results what is wrong and where, and writes nothing', async () => {
    const lines = writeJsonl(RUN).split('\n');
    lines[2] = '{"kind":"cell"';
    const p = project({ 'run/results.jsonl': lines.join('\n') });
    expect(await p.json('lab', 'report', 'run/results.jsonl')).toMatchObject({ ok: false, code: 1, exitCode: 1, diagnostics: [{ code: 'RESULTS_CORRUPT', at: { file: 'run/results.jsonl', line: 3, column: 1 } }] });
    const plain = await p.run('lab', 'report', 'run/results.jsonl');
    expect(plain).toMatchObject({ code: 1, stdout: '' });
    expect(plain.stderr).toContain('run/results.jsonl:3:1: error RESULTS_CORRUPT: no JSON');
    expect(readdirSync(join(p.root, 'run'))).toEqual(['results.jsonl']);
  });

  it('warns of half a line at the end, and reports the rest', async () => {
    const p = project({ 'run/results.jsonl': writeJsonl(RUN).slice(0, -5) });
    expect(await p.json('lab', 'report', 'run/results.jsonl', '--out', 'there')).toMatchObject({ ok: true, code: 0, summary: { reliability: { finished: 12, repeats: [] } }, diagnostics: [{ code: 'RESULTS_TRUNCATED', severity: 'warning' }] });
    expect((await p.run('lab', 'report', 'run/results.jsonl', '--out', 'there')).stderr).toContain('warning RESULTS_TRUNCATED');
  });

  it('says that there are no results', async () => {
    const p = project({});
    expect(await p.json('lab', 'report', 'nothing.jsonl')).toMatchObject({ ok: false, code: 2, diagnostics: [{ code: 'RESULTS_NOT_FOUND', message: 'nothing.jsonl cannot be read (ENOENT)' }] });
    const plain = await p.run('lab', 'report', 'nothing.jsonl');
    expect(plain).toMatchObject({ code: 2, stdout: '' });
    expect(plain.stderr).toContain('error RESULTS_NOT_FOUND');
  });

  it('says that its folder cannot be written', async () => {
    const p = project({ 'run/results.jsonl': writeJsonl(RUN), taken: '' });
    expect(await p.json('lab', 'report', 'run/results.jsonl', '--out', 'taken')).toMatchObject({ ok: false, code: 1, diagnostics: [{ code: 'OUTPUT_NOT_WRITABLE' }] });
  });
});

describe('lab compare', () => {
  it('finds a run equal to itself', async () => {
    const p = project({ 'a.jsonl': writeJsonl(RUN), 'b.jsonl': writeJsonl(RUN) });
    expect(await p.json('lab', 'compare', 'a.jsonl', 'b.jsonl')).toMatchObject({ ok: true, command: 'lab compare', code: 0, comparison: { differs: [], claims: [], cells: { different: [] } } });
    expect((await p.run('lab', 'compare', 'a.jsonl', 'b.jsonl')).stdout).toContain('12 of 12 cells equal to the byte\nno metric moved');
  });

  it('says what the second run has otherwise', async () => {
    const p = project({ 'a.jsonl': writeJsonl(RUN), 'b.jsonl': writeJsonl(canned({ neverCalled: true })) });
    const { code, stdout } = await p.run('lab', 'compare', 'a.jsonl', 'b.jsonl');
    expect(code).toBe(0);
    expect(stdout).toContain('differs: description: neverCalled');
    expect(stdout).toContain('6 of 12 cells equal to the byte');
    expect(stdout).toContain('time of the load, Debooster and Strict Boost: better → no effect shown');
    expect((await p.run('lab', 'compare', 'b.jsonl', 'a.jsonl')).stdout).toContain('no effect shown → better');
  });

  it('says of both files what is wrong', async () => {
    const p = project({ 'a.jsonl': '{}\n' });
    const json = await p.json('lab', 'compare', 'a.jsonl', 'none.jsonl');
    expect(json).toMatchObject({ ok: false, diagnostics: [{ code: 'RESULTS_CORRUPT', at: { file: 'a.jsonl', line: 1 } }, { code: 'RESULTS_NOT_FOUND' }] });
    expect(json.code).toBe(2);
  });
});

describe('writeReports', () => {
  it('leaves no half-written file where it fails', () => {
    const p = project({ 'run/report.html/keep': '' });
    expect(writeReports(join(p.root, 'run'), 'run', RUN, JOURNAL)).toMatchObject({ ok: false, diagnostics: [{ code: 'OUTPUT_NOT_WRITABLE' }] });
    expect(readdirSync(join(p.root, 'run')).sort()).toEqual(['journal.jsonl', 'report.html', 'results.jsonl']);
  });

  it('gives the same bytes from results that are read back', async () => {
    const p = project({});
    const first = writeReports(join(p.root, 'run'), 'run', RUN, JOURNAL);
    expect(first.ok && first.value.files).toHaveLength(5);
    const before = REPORTS.map((name) => read(p, 'run', name));
    expect((await p.run('lab', 'report', 'run/results.jsonl')).code).toBe(0);
    expect(REPORTS.map((name) => read(p, 'run', name))).toEqual(before);
  });
});

const experimentText = (name: string, { seeds = '6', arms = "{ off: {}, on: { switches: ['debooster'] } }" } = {}): string => `import { defineExperiment, hackbench } from '@unspin/experiment';
export default defineExperiment({
  name: '${name}', title: 'Title of ${name}', question: 'For a test?', trees: ['6.1', '7.2'], policy: 'p',
  seeds: ${seeds},
  scenarios: { one: { vms: [{ name: 'a', vCpus: 2, workload: hackbench() }] } },
  arms: ${arms},
  metrics: { seconds: { title: 'time', from: { kind: 'workload', value: 'seconds' } } },
  compare: [{ baseline: 'off', arm: 'on' }],
});
`;

describe('lab list', () => {
  it('names experiments and how many cells they have', async () => {
    const p = project({ 'experiments/b.experiment.ts': experimentText('b'), 'experiments/a.experiment.ts': experimentText('a', { seeds: '8' }), 'experiments/shared.ts': 'export {};' });
    const json = await p.json('lab', 'list');
    expect(json).toMatchObject({ ok: true, command: 'lab list', code: 0, diagnostics: [] });
    expect((json as unknown as { experiments: unknown }).experiments).toEqual(
      [['a', 32], ['b', 24]].map(([name, cells]) => ({ name, title: `Title of ${name}`, file: `experiments/${name}.experiment.ts`, cells, clock: 'virtual', trees: ['6.1', '7.2'], arms: ['off', 'on'] })),
    );
    expect((await p.run('lab', 'list')).stdout).toBe(
      'experiments/a.experiment.ts\n    Title of a\n    6.1, 7.2; off, on; 32 cells, virtual time\nexperiments/b.experiment.ts\n    Title of b\n    6.1, 7.2; off, on; 24 cells, virtual time\n',
    );
  });

  it('lists the others where one is broken, and fails', async () => {
    const p = project({ 'experiments/a.experiment.ts': experimentText('a'), 'experiments/b.experiment.ts': 'export default 3;\n' });
    expect(await p.json('lab', 'list')).toMatchObject({ ok: false, code: 1, experiments: [{ name: 'a' }], diagnostics: [{ code: 'EXPERIMENT_NO_EXPORT', at: { file: 'experiments/b.experiment.ts', line: 1, column: 1 } }] });
  });

  it('says that there are none', async () => {
    expect(await project({}).run('lab', 'list')).toEqual({ code: 0, stdout: 'experiments/ holds no *.experiment.ts\n', stderr: '' });
  });
});

describe('lab run with a bad experiment', () => {
  it.each([
    ['EXPERIMENT_UNKNOWN_KEY', experimentText('e', { arms: '{ off: {}, on: { swiches: [] } }' }), 1, '6:26'],
    ['EXPERIMENT_INVALID', experimentText('e', { seeds: '0' }), 1, '4:10'],
    ['EXPERIMENT_SYNTAX', 'export default {,};\n', 1, '1:17'],
    ['EXPERIMENT_THROWS', "const x: number = 1;\nthrow new Error('no');\n", 1, '2:7'],
    ['EXPERIMENT_NO_EXPORT', 'export default 3;\n', 1, '1:1'],
  ])('%s', async (code, text, exit, place) => {
    const p = project({ 'experiments/e.experiment.ts': text });
    const file = 'experiments/e.experiment.ts';
    const [line, column] = place.split(':').map(Number);
    expect(await p.json('lab', 'run', file)).toMatchObject({ ok: false, command: 'lab run', code: exit, exitCode: exit, diagnostics: [{ code, at: { file, line, column } }] });
    const plain = await p.run('lab', 'run', file);
    expect(plain).toMatchObject({ code: exit, stdout: '' });
    expect(plain.stderr).toContain(`${file}:${place}: error ${code}`);
  });

  it('that is not there, or asked for what it has not', async () => {
    const p = project({ 'experiments/e.experiment.ts': experimentText('e') });
    expect(await p.json('lab', 'run', 'none.experiment.ts')).toMatchObject({ code: 2, diagnostics: [{ code: 'EXPERIMENT_NOT_FOUND' }] });
    expect(await p.json('lab', 'run', 'experiments/e.experiment.ts', '--clock', 'threads', '--repeat', '1')).toMatchObject({ code: 2, diagnostics: [{ code: 'USAGE', message: expect.stringContaining('--repeat 1') }] });
    expect(await p.json('lab', 'run', 'experiments/e.experiment.ts')).toMatchObject({ code: 2, diagnostics: [{ code: 'POLICY_NOT_FOUND' }] });
  });
});
