// SPDX-License-Identifier: MIT
/** An experiment as its file describes it: what is compared, in which machines, under which load. */
import * as z from 'zod';
import { workloadSchema } from './workload.ts';

const name = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'a name is lower-case words joined by hyphens');
const parameter = z.string().regex(/^[\w.-]+(=[\w.,:/-]*)?$/, 'a kernel parameter without blanks or quotes');

const features = {
  /** KVM's paravirtual spinlocks (kicks). */
  pvSpinlocks: z.boolean(),
  /**
   * Without these: whether the guest keeps to queued spinlocks (nopvspin), whose waiters wait for the one before them, too, instead of
   * the test-and-set ones that Linux takes in a VM whose host offers none.
   */
  queuedSpinlocks: z.boolean(),
  /** Paravirtual TLB flush, which skips preempted vCPUs. */
  pvTlbFlush: z.boolean(),
  /** Paravirtual IPIs to several vCPUs at once. */
  pvIpi: z.boolean(),
  /** Steal time, and with it vcpu_is_preempted(). */
  stealTime: z.boolean(),
  /** Whether PAUSE loops of this VM exit. */
  pauseLoopExits: z.boolean(),
  /** Enlightened critical sections, on a host that has them: QEMU passes bits it has no name for only to VMs that cannot migrate. */
  ecs: z.boolean(),
};

/** What a VM is offered. Left out: as on any host under any QEMU. */
export const vmFeaturesSchema = z.strictObject({
  pvSpinlocks: features.pvSpinlocks.default(true),
  queuedSpinlocks: features.queuedSpinlocks.default(true),
  pvTlbFlush: features.pvTlbFlush.default(true),
  pvIpi: features.pvIpi.default(true),
  stealTime: features.stealTime.default(true),
  pauseLoopExits: features.pauseLoopExits.default(true),
  ecs: features.ecs.default(false),
});

export const vmSchema = z.strictObject({
  name,
  vCpus: z.int().min(1).max(16),
  memoryMib: z.int().min(96).max(4096).default(192),
  workload: workloadSchema,
  features: vmFeaturesSchema.prefault({}),
  /** Added to the guest kernel's command line. */
  kernelParameters: z.array(parameter).default([]),
  /** A co-runner only makes load: the run ends when the others are done. */
  coRunner: z.boolean().default(false),
});

/** One machine state and load in which the arms are compared. */
export const scenarioSchema = z.strictObject({
  title: z.string().min(1).max(120).optional(),
  vms: z.array(vmSchema).min(1).max(8),
});

/** Mechanisms a host can switch at run time, as the policies name them. */
export const SWITCHES = ['debooster', 'strictBoost', 'ecs'] as const;
export type Switch = (typeof SWITCHES)[number];

/** One side of a comparison: the same kernel, switched and offered differently. */
export const armSchema = z.strictObject({
  title: z.string().min(1).max(120).optional(),
  /** Mechanisms switched on before the VMs start; all others are off. */
  switches: z.array(z.enum(SWITCHES)).default([]),
  /** Added to the host kernel's command line. */
  kernelParameters: z.array(parameter).default([]),
  /** Module parameters as `module.name=value`, for kvm and kvm_amd. */
  moduleParameters: z.array(z.string().regex(/^(kvm|kvm_amd|kvm_intel)\.\w+=[\w-]+$/, 'module.name=value')).default([]),
  /** Laid over every VM's own features; what is left out stays as the VM has it, so no defaults here. */
  features: z.strictObject(features).partial().default({}),
  /** Added to every guest's command line. */
  guestKernelParameters: z.array(parameter).default([]),
});

const combine = z.enum(['sum', 'mean', 'max']);

/** One number a cell is reduced to. */
export const metricSchema = z.strictObject({
  title: z.string().min(1).max(80),
  unit: z.string().max(16).default(''),
  better: z.enum(['lower', 'higher', 'neither']).default('neither'),
  from: z.discriminatedUnion('kind', [
    /** What the workload reports; over the VMs that are no co-runners, or those named. */
    z.strictObject({ kind: z.literal('workload'), value: z.string(), vms: z.array(name).optional(), combine: combine.default('mean') }),
    /** Growth of a counter, or of several together, of the host or summed over VMs. */
    z.strictObject({ kind: z.literal('counter'), scope: z.enum(['host', 'vms']), name: z.union([z.string(), z.array(z.string()).min(1)]), vms: z.array(name).optional() }),
    /** Growth of a vCPU's time, combined over all vCPUs. */
    z.strictObject({ kind: z.literal('vcpu'), value: z.enum(['runNs', 'stealNs', 'spinNs']), vms: z.array(name).optional(), combine: combine.default('sum') }),
    /** Growth of some counters as a share of the growth of these and others: 0 to 1. Nothing where none of them grew. */
    z.strictObject({ kind: z.literal('counterShare'), scope: z.enum(['host', 'vms']), part: z.array(z.string()).min(1), rest: z.array(z.string()).min(1), vms: z.array(name).optional() }),
    /** Growth of the named VMs' vCPU time as a share of that of all VMs: 0 to 1. */
    z.strictObject({ kind: z.literal('vcpuShare'), value: z.enum(['runNs', 'stealNs']), vms: z.array(name).min(1) }),
    /** A quantile of a latency histogram; 0.5 is the median. */
    z.strictObject({ kind: z.literal('latency'), histogram: z.string(), quantile: z.number().gt(0).lt(1), vms: z.array(name).optional() }),
  ]),
});

export const CLOCKS = ['virtual', 'threads', 'kvm'] as const;
/**
 * `virtual`: an instruction is a nanosecond, a seed fixes everything. `threads`: TCG with a thread for each pCPU and one more, in the
 * machine's own time. `kvm`: hardware virtualisation, where a probe boot shows that it works.
 */
export type Clock = (typeof CLOCKS)[number];

export const experimentSchema = z.strictObject({
  name,
  title: z.string().min(1).max(120),
  /** What it is to find out, in a sentence or two. */
  question: z.string().min(1).max(600),
  trees: z.array(z.string().min(1)).min(1),
  /** Policy whose series the kernel has; left out: an unmodified kernel (with the lab's host patches). */
  policy: name.optional(),
  /** For the lab's own negative control: the mechanisms are compiled in and switched, and nothing calls them. */
  neverCalled: z.boolean().default(false),
  clock: z.enum(CLOCKS).default('virtual'),
  host: z.strictObject({ pCpus: z.int().min(1).max(16).default(2), memoryMib: z.int().min(512).max(16384).default(2048) }).prefault({}),
  seeds: z.int().min(1).max(1000),
  scenarios: z.record(name, scenarioSchema).refine((r) => Object.keys(r).length > 0, 'at least one scenario'),
  arms: z.record(name, armSchema).refine((r) => Object.keys(r).length > 0, 'at least one arm'),
  metrics: z.record(z.string().regex(/^[a-z][A-Za-z0-9]*$/), metricSchema).refine((r) => Object.keys(r).length > 0, 'at least one metric'),
  /** Pairs of arms; the effect is `arm` over `baseline`. */
  compare: z.array(z.strictObject({ baseline: name, arm: name })).default([]),
  /** Of the intervals. */
  confidence: z.number().min(0.8).max(0.999).default(0.95),
});

/** What an experiment file writes. */
export type ExperimentInput = z.input<typeof experimentSchema>;
/** A parsed experiment, defaults filled in. */
export type Experiment = z.output<typeof experimentSchema>;
export type Vm = z.output<typeof vmSchema>;
export type VmFeatures = z.output<typeof vmFeaturesSchema>;
export type Arm = z.output<typeof armSchema>;
export type Scenario = z.output<typeof scenarioSchema>;
export type Metric = z.output<typeof metricSchema>;
