// SPDX-License-Identifier: MIT
export { compile, compileLab, type CompileRequest, type CompileResult } from './compile.ts';
export { MECHANISMS } from './mechanisms/index.ts';
export { labSites } from './mechanisms/lab.ts';
export type { Problem } from './problem.ts';
export { readyTemplates, TEMPLATE_FORMAT, type PrecompiledTemplates, type Templates } from './render.ts';
export type { PatchSeries, SeriesFile, SignOff } from './series.ts';
