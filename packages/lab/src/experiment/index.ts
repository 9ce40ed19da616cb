// SPDX-License-Identifier: MIT
export { bootCell, cellMachine, judgeCell, type BootCellRequest, type BootedCell, type CellQemu } from './boot-cell.ts';
export { buildExperimentImages, toolsOfPrograms, type ExperimentImages, type ImagesRequest } from './images.ts';
export { parseCellConsole } from './parse.ts';
export { planLimits, renderPlan, type CellPlan, type PlanLimits } from './plan.ts';
export { repeatCells, runCells, type RunCells, type RunProgress, type RunRequest } from './runner.ts';
export { openStore, type CellStore, type StoredCell } from './store.ts';
export { configOfPrograms } from './programs.ts';
