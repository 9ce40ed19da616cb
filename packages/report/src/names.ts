// SPDX-License-Identifier: MIT
/** What things are called in a report. */
import type { Effect, Experiment } from '@unspin/experiment';
import { counted } from './numbers.ts';
import type { VcpuTimesRow } from './vcpu-times.ts';

export const scenarioTitle = (of: Experiment, name: string): string => of.scenarios[name]?.title ?? name;
export const armTitle = (of: Experiment, name: string): string => of.arms[name]?.title ?? name;
export const metricTitle = (of: Experiment, name: string): string => of.metrics[name]?.title ?? name;
export const armIndex = (of: Experiment, name: string): number => Object.keys(of.arms).indexOf(name);

/** "VM b, 2 vCPUs, co-runner" */
export const vmTitle = ({ vm, vCpus, coRunner }: Pick<VcpuTimesRow, 'vm' | 'vCpus' | 'coRunner'>): string => `VM ${vm}, ${counted(vCpus, 'vCPU')}${coRunner ? ', co-runner' : ''}`;

/** "Debooster and Strict Boost against off" */
export const pairTitle = (of: Experiment, { baseline, arm }: Pick<Effect, 'baseline' | 'arm'>): string => `${armTitle(of, arm)} against ${armTitle(of, baseline)}`;

export const direction = (of: Experiment, metric: string): string => ({ lower: 'lower is better', higher: 'higher is better', neither: 'neither way is better' })[of.metrics[metric]?.better ?? 'neither'];
