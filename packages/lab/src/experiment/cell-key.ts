// SPDX-License-Identifier: MIT
/** The key finished cells are kept by: cells with the same one would give the same. Pure. */
import { isAbsolute } from 'node:path';
import { ok, type Result } from '@unspin/diagnostics';
import type { Cell, Clock, Experiment } from '@unspin/experiment';
import { qemuArgv } from '../boot/qemu.ts';
import { sha256 } from '../series.ts';
import { cellMachine, type CellQemu } from './boot-cell.ts';
import type { ExperimentImages } from './images.ts';
import { renderPlan, type CellPlan } from './plan.ts';

/**
 * To be raised whenever the same console, or the same end of QEMU, would give another result: with parse.ts, judgeCell() and
 * console/verdict.ts. Otherwise a run mixes cells that were read in two ways. A test holds the readers against it.
 */
export const CELL_FORMAT = 1;

export interface CellKeyRequest {
  readonly kernel: { readonly key: string };
  readonly images: Pick<ExperimentImages, 'key' | 'guestKernel'>;
  readonly qemu: CellQemu & { readonly version: string };
  /** What it is run on, as the report names it. */
  readonly accel: string;
  readonly experiment: Experiment;
  readonly clock: Clock;
  readonly cell: Cell;
}

export interface CellKeyParts {
  readonly format: number;
  readonly kernel: string;
  readonly images: string;
  readonly qemu: string;
  readonly accel: string;
  readonly clock: Clock;
  /** Of the host's QEMU, without what tells where things lie. */
  readonly argv: readonly string[];
  readonly plan: CellPlan;
  readonly cell: Cell;
}

/** Everything that goes into a cell's boot and into what is made of it. */
export function cellKeyParts({ kernel, images, qemu, accel, experiment, clock, cell }: CellKeyRequest): Result<CellKeyParts> {
  const plan = renderPlan(experiment, cell, images.guestKernel, clock);
  if (!plan.ok) return plan;
  const extraArgs = qemu.extraArgs?.map((arg) => (isAbsolute(arg) ? '<path>' : arg));
  const machine = cellMachine({ experiment, clock, qemu: { binary: '', ...(extraArgs === undefined ? {} : { extraArgs }) } }, '<kernel>', '<initrd>', '<console>', plan.value.hostParameters);
  return ok({ format: CELL_FORMAT, kernel: kernel.key, images: images.key, qemu: qemu.version, accel, clock, argv: qemuArgv(machine), plan: plan.value, cell });
}

export const cellKey = (parts: CellKeyParts): string => sha256(JSON.stringify(parts)).slice(0, 32);
