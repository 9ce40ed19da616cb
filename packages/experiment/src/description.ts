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
  /** KVM's paravirtual spinlocks (kicks). Default: true. */
  pvSpinlocks: features.pvSpinlocks.default(true),
  /** Without pvSpinlocks: queued spinlocks (nopvspin) instead of test-and-set ones. Default: true. */
  queuedSpinlocks: features.queuedSpinlocks.default(true),
  /** Paravirtual TLB flush, which skips preempted vCPUs. Default: true. */
  pvTlbFlush: features.pvTlbFlush.default(true),
  /** Paravirtual IPIs to several vCPUs at once. Default: true. */
  pvIpi: features.pvIpi.default(true),
  /** Steal time, and with it vcpu_is_preempted(). Default: true. */
  stealTime: features.stealTime.default(true),
  /** Whether PAUSE loops of this VM exit. Default: true. */
  pauseLoopExits: features.pauseLoopExits.default(true),
  /** Enlightened critical sections, on a host that has them. Default: false. */
  ecs: features.ecs.default(false),
});

export const vmSchema = z.strictObject({
  /** Lower-case words joined by hyphens; each VM of a scenario has its own. */
  name,
  /** Range: 1 to 16. */
  vCpus: z.int().min(1).max(16),
  /** MiB. Range: 96 to 4096. Default: 192. */
  memoryMib: z.int().min(96).max(4096).default(192),
  /** What it runs, made by hackbench(), lockHolder(), cpuBound() and so on. */
  workload: workloadSchema,
  /** What it is offered. Left out: as on any host under any QEMU. */
  features: vmFeaturesSchema.prefault({}),
  /** Added to the guest kernel's command line. Default: []. */
  kernelParameters: z.array(parameter).default([]),
  /** A co-runner only makes load: the run ends when the others are done. Default: false. */
  coRunner: z.boolean().default(false),
});

/** One machine state and load in which the arms are compared. */
export const scenarioSchema = z.strictObject({
  /** As reports call it. Left out: its name. */
  title: z.string().min(1).max(120).optional(),
  /** VMs of one host, at least one. */
  vms: z.array(vmSchema).min(1).max(8),
});

/** Mechanisms a host can switch at run time, as the policies name them. */
export const SWITCHES = ['debooster', 'strictBoost', 'ecs'] as const;
export type Switch = (typeof SWITCHES)[number];

/** One side of a comparison: the same kernel, switched and offered differently. */
export const armSchema = z.strictObject({
  /** As reports call it. Left out: its name. */
  title: z.string().min(1).max(120).optional(),
  /** Mechanisms switched on before the VMs start; all others are off. Default: []. */
  switches: z.array(z.enum(SWITCHES)).default([]),
  /** Added to the host kernel's command line. Default: []. */
  kernelParameters: z.array(parameter).default([]),
  /** Module parameters as `module.name=value`, for kvm and kvm_amd. Default: []. */
  moduleParameters: z.array(z.string().regex(/^(kvm|kvm_amd|kvm_intel)\.\w+=[\w-]+$/, 'module.name=value')).default([]),
  /** Laid over every VM's own features; what is left out stays as the VM has it, so no defaults here. */
  features: z.strictObject(features).partial().default({}),
  /** Added to every guest's command line. Default: []. */
  guestKernelParameters: z.array(parameter).default([]),
});

const combine = z.enum(['sum', 'mean', 'max']);

/** Which VMs are asked. */
const vms = z.array(name).optional();

/** One number a cell is reduced to. */
export const metricSchema = z.strictObject({
  /** As reports call it. */
  title: z.string().min(1).max(80),
  /** 'ns' is shown in the unit that suits. Default: ''. */
  unit: z.string().max(16).default(''),
  /** Which way is better: without a direction it is only said to have changed. Default: 'neither'. */
  better: z.enum(['lower', 'higher', 'neither']).default('neither'),
  /** Where it comes from. */
  from: z.discriminatedUnion('kind', [
    z.strictObject({
      /** What the workload reports. */
      kind: z.literal('workload'),
      /** Name of the number, as the workload reports it. */
      value: z.string(),
      /** Left out: all VMs that are no co-runners. */
      vms,
      /** How the numbers of several VMs become one. Default: 'mean'. */
      combine: combine.default('mean'),
    }),
    z.strictObject({
      /** Growth of a counter, or of several together, of the host or summed over VMs. */
      kind: z.literal('counter'),
      /** Whose counter it is. */
      scope: z.enum(['host', 'vms']),
      /** As results name it, or several whose growth is added up. */
      name: z.union([z.string(), z.array(z.string()).min(1)]),
      /** Left out: all VMs. */
      vms,
    }),
    z.strictObject({
      /** Growth of a vCPU's time, combined over all vCPUs. */
      kind: z.literal('vcpu'),
      /** Time on a pCPU, ready to run and waiting for one, or in PAUSE loops as the lab's host estimates it. */
      value: z.enum(['runNs', 'stealNs', 'spinNs']),
      /** Left out: all VMs. */
      vms,
      /** How the times of several vCPUs become one. Default: 'sum'. */
      combine: combine.default('sum'),
    }),
    z.strictObject({
      /** Growth of some counters as a share of the growth of these and others: 0 to 1. Nothing where none of them grew. */
      kind: z.literal('counterShare'),
      /** Whose counters they are. */
      scope: z.enum(['host', 'vms']),
      /** Counters whose share it is. */
      part: z.array(z.string()).min(1),
      /** Counters that make up the rest. */
      rest: z.array(z.string()).min(1),
      /** Left out: all VMs. */
      vms,
    }),
    z.strictObject({
      /** Growth of the named VMs' vCPU time as a share of that of all VMs: 0 to 1. */
      kind: z.literal('vcpuShare'),
      /** Time on a pCPU, or ready to run and waiting for one. */
      value: z.enum(['runNs', 'stealNs']),
      /** VMs whose share it is. */
      vms: z.array(name).min(1),
    }),
    z.strictObject({
      /** A quantile of a latency histogram. */
      kind: z.literal('latency'),
      /** As the workload names it. */
      histogram: z.string(),
      /** Range: 0 to 1, both left out; 0.5 is the median. */
      quantile: z.number().gt(0).lt(1),
      /** Left out: all VMs that are no co-runners. */
      vms,
    }),
  ]),
});

export const CLOCKS = ['virtual', 'threads', 'kvm'] as const;
/**
 * `virtual`: an instruction is a nanosecond, a seed fixes everything. `threads`: TCG with a thread for each pCPU and one more, in the
 * machine's own time. `kvm`: hardware virtualisation, where a probe boot shows that it works.
 */
export type Clock = (typeof CLOCKS)[number];

export const experimentSchema = z.strictObject({
  /** The file is `experiments/<name>.experiment.ts`. */
  name,
  /** As reports are headed. */
  title: z.string().min(1).max(120),
  /** What it is to find out, in a sentence or two. */
  question: z.string().min(1).max(600),
  /** Kernel trees to run on, e.g. '6.12'. */
  trees: z.array(z.string().min(1)).min(1),
  /** Policy whose series the kernel has; left out: an unmodified kernel (with the lab's host patches). */
  policy: name.optional(),
  /** For the lab's own negative control: the mechanisms are compiled in and switched, and nothing calls them. Default: false. */
  neverCalled: z.boolean().default(false),
  /** What time is on the host under test; docs/experiments.md says what each models. Default: 'virtual'. */
  clock: z.enum(CLOCKS).default('virtual'),
  /** The machine under test. */
  host: z.strictObject({
    /** Range: 1 to 16. Default: 2. */
    pCpus: z.int().min(1).max(16).default(2),
    /** MiB, for the VMs, too. Range: 512 to 16384. Default: 2048. */
    memoryMib: z.int().min(512).max(16384).default(2048),
  }).prefault({}),
  /** Start conditions that all arms run. Fewer than 6 show nothing at 95 %. Range: 1 to 1000. */
  seeds: z.int().min(1).max(1000),
  /** By name: VMs and what they run. */
  scenarios: z.record(name, scenarioSchema).refine((r) => Object.keys(r).length > 0, 'at least one scenario'),
  /** By name: what is switched on. */
  arms: z.record(name, armSchema).refine((r) => Object.keys(r).length > 0, 'at least one arm'),
  /** By name: numbers that are compared. */
  metrics: z.record(z.string().regex(/^[a-z][A-Za-z0-9]*$/), metricSchema).refine((r) => Object.keys(r).length > 0, 'at least one metric'),
  /** Pairs of arms; the effect is `arm` over `baseline`. Default: []. */
  compare: z.array(z.strictObject({
    /** Name of the arm that is divided by. */
    baseline: name,
    /** Name of the arm that is divided. */
    arm: name,
  })).default([]),
  /** Of the intervals. Range: 0.8 to 0.999. Default: 0.95. */
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
