// SPDX-License-Identifier: MIT
import { fail, ok, type Diagnostic, type Result } from '@unspin/diagnostics';
import { CLOCKS, type Clock, type Experiment } from '@unspin/experiment';

/** `unspin lab run` as typed. */
export interface RunOptions {
  readonly tree?: readonly string[];
  readonly scenario?: readonly string[];
  readonly arm?: readonly string[];
  readonly seeds?: string;
  readonly clock?: string;
  readonly jobs?: string;
  readonly repeat?: string;
  readonly retryFailed?: boolean;
  readonly out?: string;
  readonly json?: boolean;
}

export interface Wanted {
  /** With what the command line changes of it. */
  readonly experiment: Experiment;
  readonly jobs: number;
  /** Cells of each tree that are run once more and compared to the byte. */
  readonly repeat: number;
}

/** Lays the command line over the experiment; every mistake at once. `cores` are the machine's. */
export function applyOptions(experiment: Experiment, options: RunOptions, cores: number): Result<Wanted> {
  const problems: Diagnostic[] = [];
  const usage = (message: string): void => void problems.push({ code: 'USAGE', severity: 'error', message, help: './unspin lab run --help' });
  const whole = (flag: string, text: string | undefined, otherwise: number, min: number, max: number): number => {
    if (text === undefined) return otherwise;
    const value = Number(text);
    if (!Number.isInteger(value) || value < min || value > max) usage(`${flag} ${text}: a whole number from ${min} to ${max} is wanted`);
    return value;
  };
  const known = (flag: string, names: readonly string[] | undefined, all: readonly string[]): readonly string[] => {
    for (const name of names ?? []) if (!all.includes(name)) usage(`${flag} ${name}: the experiment has ${all.join(', ')}`);
    return names === undefined ? all : all.filter((name) => names.includes(name));
  };
  const clock = (options.clock ?? experiment.clock) as Clock;
  if (!CLOCKS.includes(clock)) usage(`--clock ${clock}: one of ${CLOCKS.join(', ')} is wanted`);
  const trees = known('--tree', options.tree, experiment.trees);
  const scenarios = known('--scenario', options.scenario, Object.keys(experiment.scenarios));
  const arms = known('--arm', options.arm, Object.keys(experiment.arms));
  const seeds = whole('--seeds', options.seeds, experiment.seeds, 1, 1000);
  // On threads and on KVM a boot has a thread for each pCPU: two boots would disturb each other.
  const jobs = whole('--jobs', options.jobs, clock === 'virtual' ? cores : 1, 1, 64);
  if (clock !== 'virtual' && options.repeat !== undefined && options.repeat !== '0') usage(`--repeat ${options.repeat}: only virtual time gives the same bytes twice, and the clock is ${clock}`);
  const repeat = whole('--repeat', options.repeat, clock === 'virtual' ? 1 : 0, 0, 1000);
  if (problems.length > 0) return fail(problems);
  const only = <T>(all: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> => Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
  return ok({
    experiment: {
      ...experiment, clock, seeds, trees: [...trees],
      scenarios: only(experiment.scenarios, scenarios),
      arms: only(experiment.arms, arms),
      compare: experiment.compare.filter((c) => arms.includes(c.baseline) && arms.includes(c.arm)),
    },
    jobs,
    repeat,
  });
}

/** The command that gives the same results, as reports name it. Options that change no result are left out. */
export function commandOf(file: string, options: RunOptions): string {
  const lists = (['tree', 'scenario', 'arm'] as const).flatMap((name) => (options[name] === undefined ? [] : [`--${name} ${options[name].join(' ')}`]));
  const values = (['seeds', 'clock'] as const).flatMap((name) => (options[name] === undefined ? [] : [`--${name} ${options[name]}`]));
  return ['pnpm lab run', file, ...lists, ...values].join(' ');
}
