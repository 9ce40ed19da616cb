// SPDX-License-Identifier: MIT
/** What an editor shows at the keys of an experiment: comments beside the schema, whose ranges and defaults are held against it. */
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import * as z from 'zod';
import { apache, cpuBound, dbench, experimentSchema, hackbench, lockHolder, lockLatency, lockLoop, pbzip2, stressNg, tlbShootdown, workloadSchema } from '../src/index.ts';

const DIR = resolve(import.meta.dirname, '../../../experiments');
const FILE = join(DIR, 'every-key.experiment.ts');
const TEXT = `import { cpuBound, defineExperiment } from '@unspin/experiment';
export default defineExperiment({
  name: 'every-key', title: 't', question: 'q', trees: ['6.12'], policy: 'everything', neverCalled: false, clock: 'virtual', host: { pCpus: 2, memoryMib: 2048 }, seeds: 6, confidence: 0.95,
  scenarios: { 's-': { title: 's', vms: [{
    name: 'a', vCpus: 2, memoryMib: 192, workload: cpuBound(), kernelParameters: [], coRunner: false,
    features: { pvSpinlocks: true, queuedSpinlocks: true, pvTlbFlush: true, pvIpi: true, stealTime: true, pauseLoopExits: true, ecs: false },
  }] } },
  arms: { 'a-': {
    title: 'a', switches: [], kernelParameters: [], moduleParameters: [], guestKernelParameters: [],
    features: { pvSpinlocks: true, queuedSpinlocks: true, pvTlbFlush: true, pvIpi: true, stealTime: true, pauseLoopExits: true, ecs: false },
  } },
  metrics: {
    m0: { title: 'm', unit: '', better: 'lower', from: { kind: 'workload', value: 'v', vms: ['a'], combine: 'mean' } },
    m1: { title: 'm', from: { kind: 'counter', scope: 'host', name: 'n', vms: ['a'] } },
    m2: { title: 'm', from: { kind: 'vcpu', value: 'runNs', vms: ['a'], combine: 'sum' } },
    m3: { title: 'm', from: { kind: 'counterShare', scope: 'vms', part: ['p'], rest: ['r'], vms: ['a'] } },
    m4: { title: 'm', from: { kind: 'vcpuShare', value: 'runNs', vms: ['a'] } },
    m5: { title: 'm', from: { kind: 'latency', histogram: 'h', quantile: 0.5, vms: ['a'] } },
  },
  compare: [{ baseline: 'a-', arm: 'a-' }],
});
`;

interface Described {
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Described>>;
  readonly additionalProperties?: Described | false;
  readonly items?: Described;
  readonly oneOf?: readonly Described[];
}

/** Each key of the schema with what its comment must say; names of records are a star, what a metric comes from is its kind. */
function keysOf(of: Described, path: string): [string, string[]][] {
  if (of.items !== undefined) return keysOf(of.items, path);
  if (of.oneOf !== undefined) return of.oneOf.flatMap((one) => keysOf(one, `${path}${String(one.properties?.['kind']?.const)}.`));
  const named = typeof of.additionalProperties === 'object' ? keysOf(of.additionalProperties, `${path}*.`) : [];
  return [...named, ...Object.entries(of.properties ?? {}).flatMap(([name, value]): [string, string[]][] => {
    const [least, most] = [value.minimum ?? value.exclusiveMinimum, value.maximum ?? value.exclusiveMaximum];
    const says = [
      // A group that is left out has the defaults of its keys.
      ...(value.default === undefined || value.properties !== undefined ? [] : [`Default: ${JSON.stringify(value.default).replaceAll('"', "'")}.`]),
      ...(least === undefined || most === undefined ? [] : [`Range: ${least} to ${most}`]),
    ];
    return [[path + name, says], ...(name === 'workload' ? [] : keysOf(value, `${path}${name}.`))];
  })];
}

/** Types of all that is imported are read, on a busy machine beside other tests. */
const SLOW_MS = 240_000;

/** The comments that an editor shows at the names of properties in FILE, with this text, in their order. */
function commentsIn(text: string): { readonly problems: readonly string[]; readonly source: ts.SourceFile | undefined; at(name: ts.Node): string } {
  const { config } = ts.readConfigFile(join(DIR, 'tsconfig.json'), ts.sys.readFile) as { config: unknown };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, DIR);
  const read = (path: string): string | undefined => (path === FILE ? text : ts.sys.readFile(path));
  const service = ts.createLanguageService({
    getCompilationSettings: () => options, getScriptFileNames: () => [FILE], getScriptVersion: () => '1', getCurrentDirectory: () => DIR, getDefaultLibFileName: ts.getDefaultLibFilePath,
    getScriptSnapshot: (path) => {
      const found = read(path);
      return found === undefined ? undefined : ts.ScriptSnapshot.fromString(found);
    },
    readFile: read, fileExists: (path) => path === FILE || ts.sys.fileExists(path), directoryExists: ts.sys.directoryExists, ...(ts.sys.realpath === undefined ? {} : { realpath: ts.sys.realpath }),
  });
  return {
    problems: service.getSemanticDiagnostics(FILE).map((d) => ts.flattenDiagnosticMessageText(d.messageText, ' ')),
    source: service.getProgram()?.getSourceFile(FILE),
    at: (name) => (service.getQuickInfoAtPosition(FILE, name.getStart())?.documentation ?? []).map((part) => part.text).join(''),
  };
}

it('every key has a comment with its range and default', { timeout: SLOW_MS }, () => {
  const { problems, source, at } = commentsIn(TEXT);
  expect(problems).toEqual([]);

  const comments = new Map<string, string>();
  const walk = (node: ts.Node, path: string): void => {
    if (!ts.isPropertyAssignment(node)) return void ts.forEachChild(node, (child) => walk(child, path));
    const name = node.name.getText();
    if (/^(m\d|'.*')$/.test(name)) return walk(node.initializer, `${path}*.`);
    comments.set(path + name, at(node.name));
    const kind = name === 'from' ? /kind: '(\w+)'/.exec(node.getText())?.[1] : undefined;
    if (name !== 'workload') walk(node.initializer, `${path}${name}.${kind === undefined ? '' : `${kind}.`}`);
  };
  if (source !== undefined) walk(source, '');

  const wanted = keysOf(z.toJSONSchema(experimentSchema, { io: 'input' }) as Described, '');
  expect([...comments.keys()].sort()).toEqual(wanted.map(([path]) => path).sort());
  expect([...comments].filter(([, comment]) => comment === '').map(([path]) => path)).toEqual([]);
  expect(wanted.flatMap(([path, says]) => says.filter((part) => !comments.get(path)?.includes(part)).map((part) => `${path}: ${part}`))).toEqual([]);
});

const WORKLOADS = {
  hackbench: hackbench(), dbench: dbench(), apache: apache(), pbzip2: pbzip2(), stressNg: stressNg({ stressor: 'mmap' }), lockLatency: lockLatency({ primitive: 'mutex' }),
  lockHolder: lockHolder(), tlbShootdown: tlbShootdown(), cpuBound: cpuBound(), lockLoop: lockLoop(),
};

it('every option of a workload has a comment with its range and default', { timeout: SLOW_MS }, () => {
  const called = Object.entries(WORKLOADS).map(([helper, { program: _, ...options }]) => `${helper}(${JSON.stringify(options)});\n`);
  const { problems, source, at } = commentsIn(`import { ${Object.keys(WORKLOADS).join(', ')} } from '@unspin/experiment';\n${called.join('')}`);
  expect(problems).toEqual([]);

  const comments = new Map<string, string>();
  const walk = (node: ts.Node, helper: string): void => {
    if (ts.isPropertyAssignment(node)) comments.set(`${helper}.${node.name.getText().slice(1, -1)}`, at(node.name));
    ts.forEachChild(node, (child) => walk(child, ts.isCallExpression(node) ? node.expression.getText() : helper));
  };
  if (source !== undefined) walk(source, '');

  const schemas = (z.toJSONSchema(workloadSchema) as Described).oneOf ?? [];
  expect(schemas.map((of) => of.properties?.['program']?.const).sort()).toEqual(Object.values(WORKLOADS).map((w) => w.program).sort());
  const wanted = Object.entries(WORKLOADS).flatMap(([helper, workload]) => {
    const of = schemas.find((schema) => schema.properties?.['program']?.const === workload.program)?.properties ?? {};
    return Object.entries(of).filter(([key]) => key !== 'program').map(([key, { minimum, maximum }]): [string, string] => {
      const chosen: unknown = (workload as Readonly<Record<string, unknown>>)[key];
      return [`${helper}.${key}`, minimum === undefined ? '.' : `Range: ${minimum} to ${maximum}. Default: ${String(chosen)}.`];
    });
  });
  expect([...comments.keys()].sort()).toEqual(wanted.map(([path]) => path).sort());
  expect(wanted.filter(([path, says]) => !comments.get(path)?.includes(says))).toEqual([]);
});
