// SPDX-License-Identifier: MIT
export { bootCell, cellMachine, judgeCell, type BootCellRequest, type BootedCell, type CellQemu } from './boot-cell.ts';
export { buildExperimentImages, toolsOfPrograms, type ExperimentImages, type ImagesRequest } from './images.ts';
export { parseCellConsole } from './parse.ts';
export { DEFAULT_LIMITS, renderPlan, type CellPlan, type PlanLimits } from './plan.ts';
