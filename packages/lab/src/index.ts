// SPDX-License-Identifier: MIT
export * from './boot/tools.ts';
export * from './build.ts';
export { machinePlaces, missingBuildTools } from './build-tools.ts';
export * from './console/verdict.ts';
export * from './experiment/index.ts';
export * from './kconfig.ts';
export * from './progress.ts';
export * from './report/junit.ts';
export * from './report/ktap.ts';
export * from './report/result.ts';
export * from './report/text.ts';
export { pasteable, run, type Command, type RunOptions, type RunResult } from './run.ts';
export * from './series.ts';
export * from './series-check.ts';
export { SMOKE_MECHANISMS, type SmokeMechanism } from './smoke/assertions.ts';
export * from './smoke/nested-smoke.ts';
export * from './smoke/result.ts';
export { openWorkdir, type TreeInput, type Workdir } from './workdir.ts';
