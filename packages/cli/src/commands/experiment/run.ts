// SPDX-License-Identifier: MIT
/** `unspin lab run`: kernels and images, then every cell, then the report. */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { availableParallelism } from 'node:os';
import { bootCell, openStore, removeOfDead, renderPlan, repeatCells, runCells, toolsOfPrograms, type BootedCell, type CellStore, type HostQemu, type RunProgress, type StoredCell } from '@unspin/lab';
import { fail, ok, type Diagnostic, type Result } from '@unspin/diagnostics';
import { cellId, cellsOf, loadExperiment, type Cell, type Experiment, type RunRecord } from '@unspin/experiment';
import { cacheDir } from '@unspin/trees';
import { shownPath, userPath, type Context } from '../../context.ts';
import type { Outcome } from '../../output.ts';
import { importPolicyModule } from '../../policy-module.ts';
import { makeSteps, type Steps } from '../../steps.ts';
import { checkWritable } from '../gen/write.ts';
import { applyOptions, commandOf, type RunOptions, type Wanted } from './options.ts';
import { ensurePackages } from '../test/packages.ts';
import { machineQemu, prepareTree, programsOf, type ReadyTree } from './prepare.ts';
import { writeReports } from './reports.ts';

export async function runLabRun(context: Context, file: string, options: RunOptions): Promise<Outcome> {
  const loaded = await loadExperiment(userPath(context, file), context.root, importPolicyModule);
  if (!loaded.ok) return loaded;
  const wanted = applyOptions(loaded.value.experiment, options, availableParallelism());
  if (!wanted.ok) return wanted;
  const dir = options.out === undefined ? join(cacheDir(), 'experiments', wanted.value.experiment.name) : userPath(context, options.out);
  const writable = checkWritable(dir, shownPath(context, dir));
  if (!writable.ok) return writable;
  const steps = await makeSteps(context);
  const there = await steps.run('system packages', (say) => ensurePackages(context, say, toolsOfPrograms(programsOf(wanted.value.experiment))));
  if (!there.ok) return there;
  const ran = await runExperiment(context, steps, wanted.value, options.retryFailed === true);
  if (!ran.ok) return { diagnostics: [...loaded.diagnostics, ...ran.diagnostics] };

  const { stored, repeats, ready, qemuWarnings } = ran.value;
  const record: RunRecord = {
    experiment: wanted.value.experiment,
    command: commandOf(loaded.value.file, options),
    provenance: ready.map((r) => r.provenance),
    cells: stored.map((s) => s.result),
    repeats,
  };
  const reports = writeReports(dir, shownPath(context, dir), record, stored.flatMap((s) => s.attempts));
  if (!reports.ok) return reports;
  const failed = stored.filter((s) => s.result.outcome.kind === 'failed');
  const differing = repeats.filter((r) => r.first !== r.again);
  const diagnostics: Diagnostic[] = [
    ...loaded.diagnostics,
    ...qemuWarnings,
    ...(failed.length === 0 ? [] : [lost(failed, context)]),
    ...differing.map((r): Diagnostic => ({ code: 'LAB_VERDICT', severity: 'error', message: `${cellId(r.cell)}: a repeat gave other bytes` })),
  ];
  return { diagnostics, data: { summary: reports.value.summary, files: reports.value.files }, text: reports.value.text };
}

const lost = (failed: readonly StoredCell[], context: Context): Diagnostic => ({
  code: 'LAB_VERDICT',
  severity: 'error',
  message: [`${failed.length} cell${failed.length === 1 ? '' : 's'} did not finish`, ...failed.slice(0, 5).map((s) => `  ${cellId(s.result.cell)}: ${s.attempts.map((a) => a.verdict).join(', then ')}: ${s.attempts.at(-1)?.evidence ?? ''}`)].join('\n'),
  help: `consoles are in ${shownPath(context, join(cacheDir(), 'experiments', 'consoles'))}; --retry-failed runs these cells anew`,
});

export interface RanExperiment {
  readonly stored: readonly StoredCell[];
  readonly repeats: RunRecord['repeats'];
  readonly ready: readonly ReadyTree[];
  readonly qemuWarnings: readonly Diagnostic[];
}

/** Everything but the report. Also what `unspin test` runs its negative control with. */
export async function runExperiment(context: Context, steps: Steps, { experiment, jobs, repeat }: Wanted, retryFailed: boolean): Promise<Result<RanExperiment>> {
  const qemu = await steps.run('QEMU for the host', (say) => machineQemu(context, say));
  if (!qemu.ok) return qemu;
  const ready = new Map<string, ReadyTree>();
  for (const tree of experiment.trees) {
    const prepared = await steps.run(`${tree}: kernel and images`, (say) => prepareTree(context, tree, experiment, qemu.value, say));
    if (!prepared.ok) return prepared;
    ready.set(tree, prepared.value);
  }
  await removeOfDead(join(cacheDir(), 'experiments', 'slots'), /^(\d+)-\d+$/);
  const plan = makePlan(context, experiment, ready, qemu.value);
  if (retryFailed) forgetFailed(plan);
  const ran = await steps.run(`${plan.cells.length} cells, ${jobs} at a time`, (say) => runCells({ ...plan, jobs, signal: context.signal, onProgress: (p) => say(progressText(p)) }));
  if (!ran.ok) return ran;
  const again = repeat === 0 ? [] : pickRepeats(experiment, ran.value.cells, repeat);
  const repeats = again.length === 0 ? ok([]) : await steps.run(`${again.length} cells once more, to compare`, () => repeatCells(again, { boot: plan.boot, jobs, signal: context.signal }));
  if (!repeats.ok) return repeats;
  return ok({ stored: ran.value.cells, repeats: repeats.value, ready: [...ready.values()], qemuWarnings: qemu.diagnostics });
}

interface Plan {
  readonly cells: readonly Cell[];
  readonly keyOf: (cell: Cell) => string;
  readonly boot: (cell: Cell, slot: number) => Promise<Result<BootedCell>>;
  readonly store: CellStore;
}

function makePlan(context: Context, experiment: Experiment, ready: ReadonlyMap<string, ReadyTree>, qemu: HostQemu): Plan {
  const of = (cell: Cell): ReadyTree => {
    const tree = ready.get(cell.tree);
    if (tree === undefined) throw new Error(`${cell.tree} was not prepared`);
    return tree;
  };
  const dir = join(cacheDir(), 'experiments');
  const boot: Plan['boot'] = async (cell, slot) => {
    const { kernel, images } = of(cell);
    const workDir = join(dir, 'slots', `${process.pid}-${slot}`);
    const booted = await bootCell({ kernel: { bzImage: kernel.bzImage, modules: kernel.dir }, images, experiment, cell, qemu: { binary: qemu.binary }, clock: experiment.clock, workDir, signal: context.signal });
    if (booted.ok && booted.value.result.outcome.kind === 'failed') keepConsole(workDir, join(dir, 'consoles'), cell);
    rmSync(workDir, { recursive: true, force: true });
    return booted;
  };
  const keyOf = (cell: Cell): string => {
    const { kernel, images, provenance } = of(cell);
    const plan = renderPlan(experiment, cell, images.guestKernel, experiment.clock);
    if (!plan.ok) throw new Error(plan.diagnostics[0]?.message);
    const into = [kernel.key, images.key, provenance.qemu, provenance.accel, experiment.clock, experiment.host, cell, plan.value];
    return createHash('sha256').update(JSON.stringify(into)).digest('hex').slice(0, 32);
  };
  return { cells: cellsOf(experiment), keyOf, boot, store: openStore(join(dir, 'cells')) };
}

/** Of a cell that failed; the newest of each cell. */
function keepConsole(workDir: string, consoles: string, cell: Cell): void {
  const console = join(workDir, 'console.log');
  if (!existsSync(console)) return;
  mkdirSync(consoles, { recursive: true });
  copyFileSync(console, join(consoles, `${cellId(cell).replaceAll('/', '-')}.log`));
}

function forgetFailed({ cells, keyOf, store }: Plan): void {
  for (const cell of cells) if (store.get(keyOf(cell))?.result.outcome.kind === 'failed') store.remove(keyOf(cell));
}

/** The last cells of each tree: arms and scenarios differ with the seed. */
const pickRepeats = (experiment: Experiment, stored: readonly StoredCell[], count: number): StoredCell[] =>
  experiment.trees.flatMap((tree) => stored.filter((s) => s.result.cell.tree === tree && s.result.outcome.kind === 'done').slice(-count));

function progressText({ done, of, cell, entry, again, leftSeconds }: RunProgress): string {
  const said = entry.verdict === 'pass' ? '' : `: ${entry.verdict}${again ? ', trying once more' : ''}`;
  return `[${done}/${of}] ${cellId(cell)} ${entry.seconds.toFixed(1)} s${said}, ${duration(leftSeconds)} left`;
}

const duration = (seconds: number): string => (seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`);

/** For callers that only want to know whether it ran. */
export const failIfLost = (ran: RanExperiment): Result<RanExperiment> => {
  const failed = ran.stored.filter((s) => s.result.outcome.kind === 'failed');
  return failed.length === 0 ? ok(ran) : fail([{ code: 'LAB_VERDICT', severity: 'error', message: `${failed.length} cells did not finish: ${failed.map((s) => `${cellId(s.result.cell)} ${s.attempts.at(-1)?.verdict}`).join(', ')}` }]);
};
