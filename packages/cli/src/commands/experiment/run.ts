// SPDX-License-Identifier: MIT
/** `unspin lab run`: kernels and images, then every cell, then the report. */
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { availableParallelism } from 'node:os';
import { bootCell, cellKey, cellKeyParts, openStore, removeOfDead, repeatCells, resultOf, runCells, toolsOfPrograms, type BootedCell, type CellStore, type HostQemu, type RunProgress, type StoredCell } from '@unspin/lab';
import { ok, type Diagnostic, type Result } from '@unspin/diagnostics';
import { cellId, cellsOf, loadExperiment, repeatsOf, type Cell, type Experiment, type RunRecord } from '@unspin/experiment';
import { cacheDir } from '@unspin/trees';
import { shownPath, userPath, type Context } from '../../context.ts';
import type { Outcome } from '../../output.ts';
import { importPolicyModule } from '../../policy-module.ts';
import { makeSteps, type Steps } from '../../steps.ts';
import { checkWritable } from '../gen/write.ts';
import { applyOptions, commandOf, type RunOptions, type Wanted } from './options.ts';
import { ensurePackages } from '../test/packages.ts';
import { checkTrees, machineQemu, prepareTree, programsOf, type ReadyTree } from './prepare.ts';
import { writeReports } from './reports.ts';
import { runVerdict } from './verdict.ts';

export async function runLabRun(context: Context, file: string, options: RunOptions): Promise<Outcome> {
  const loaded = await loadExperiment(userPath(context, file), context.root, importPolicyModule);
  if (!loaded.ok) return loaded;
  const wanted = applyOptions(loaded.value.experiment, options, availableParallelism());
  if (!wanted.ok) return wanted;
  const trees = await checkTrees(context, wanted.value.experiment);
  if (!trees.ok) return trees;
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
    cells: stored.map(resultOf),
    repeats,
  };
  const reports = writeReports(dir, shownPath(context, dir), record, stored.flatMap((s) => s.attempts));
  if (!reports.ok) return reports;
  const judged = runVerdict({ clock: record.experiment.clock, stored, repeats }, shownPath(context, join(cacheDir(), 'experiments', 'consoles')));
  const diagnostics: Diagnostic[] = [...loaded.diagnostics, ...qemuWarnings, ...judged];
  return { diagnostics, data: { summary: reports.value.summary, files: reports.value.files }, text: reports.value.text };
}

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
  const ran = await steps.run(`${plan.cells.length} cells, ${jobs} at a time`, (say) => runCells({ ...plan, retryFailed, jobs, signal: context.signal, onProgress: (p) => say(progressText(p)) }));
  if (!ran.ok) return ran;
  const again = pickRepeats(experiment, ran.value.cells, repeat);
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
    const parts = cellKeyParts({ kernel, images, qemu, accel: provenance.accel, experiment, clock: experiment.clock, cell });
    if (!parts.ok) throw new Error(parts.diagnostics[0]?.message);
    return cellKey(parts.value);
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

function pickRepeats(experiment: Experiment, stored: readonly StoredCell[], count: number): StoredCell[] {
  const finished = new Map(stored.flatMap((s) => (s.result.outcome.kind === 'done' ? [[cellId(s.result.cell), s] as const] : [])));
  return repeatsOf(experiment, [...finished.values()].map((s) => s.result.cell), count).flatMap((cell) => finished.get(cellId(cell)) ?? []);
}

function progressText({ done, of, cell, entry, again, leftSeconds }: RunProgress): string {
  const said = entry.verdict === 'pass' ? '' : `: ${entry.verdict}${again ? ', trying once more' : ''}`;
  return `[${done}/${of}] ${cellId(cell)} ${entry.seconds.toFixed(1)} s${said}, ${duration(leftSeconds)} left`;
}

const duration = (seconds: number): string => (seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`);
