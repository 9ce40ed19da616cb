// SPDX-License-Identifier: MIT
/** What a guest runs. Every number a workload reports is named in its `reports`. */
import * as z from 'zod';

const count = (min: number, max: number) => z.int().min(min).max(max);

/** Kinds of critical section the lock-latency module can take (eCS, ATC 2018, table 4). */
export const PRIMITIVES = ['spinlock', 'rwlock-read', 'rwlock-write', 'mutex', 'rwsem-read', 'rwsem-write', 'rcu-read'] as const;
export type Primitive = (typeof PRIMITIVES)[number];

/** Stressors of stress-ng that make kernels spin. Not its POSIX semaphores: given a number of operations they do not end. */
export const STRESSORS = ['tlb-shootdown', 'mmap', 'futex', 'fork', 'switch', 'pthread', 'sem-sysv', 'mutex'] as const;

const schemas = {
  /** rt-tests' hackbench: `rounds` runs of `groups` groups of `pairs` senders and `pairs` receivers, `messages` each. */
  hackbench: z.strictObject({
    program: z.literal('hackbench'),
    /** Groups of senders and receivers. Range: 1 to 64. Default: 1. */
    groups: count(1, 64),
    /** Senders in a group, and as many receivers. Each sender writes to each receiver. Range: 1 to 40. Default: 4. */
    pairs: count(1, 40),
    /** Messages that each sender writes to each receiver in a run. Range: 1 to 100000. Default: 50. */
    messages: count(1, 100_000),
    /** Runs one after another, whose times are added. Range: 1 to 1000. Default: 1. */
    rounds: count(1, 1000),
  }),
  /** dbench's standard load on tmpfs for a fixed time of the guest's clock. */
  dbench: z.strictObject({
    program: z.literal('dbench'),
    /** Client processes. Range: 1 to 64. Default: 4. */
    clients: count(1, 64),
    /** Seconds of the guest's clock. Range: 1 to 600. Default: 2. */
    seconds: count(1, 600),
  }),
  /** Apache on loopback, asked by wrk for a fixed time. */
  apache: z.strictObject({
    program: z.literal('apache'),
    /** Connections that wrk keeps open. Range: 1 to 256. Default: 8. */
    connections: count(1, 256),
    /** Threads of wrk. Range: 1 to 16. Default: 2. */
    threads: count(1, 16),
    /** Seconds of the guest's clock. Range: 1 to 600. Default: 2. */
    seconds: count(1, 600),
  }),
  /** pbzip2 of so much generated text. */
  pbzip2: z.strictObject({
    program: z.literal('pbzip2'),
    /** KiB of text. Range: 1 to 1048576. Default: 1024. */
    kib: count(1, 1 << 20),
    /** Threads that compress. Range: 1 to 64. Default: 2. */
    threads: count(1, 64),
  }),
  /** One stressor of stress-ng, a fixed number of operations. */
  stressNg: z.strictObject({
    program: z.literal('stress-ng'),
    /** What it does, by stress-ng's name for it. */
    stressor: z.enum(STRESSORS),
    /** Processes that do it. Range: 1 to 64. Default: 2. */
    workers: count(1, 64),
    /** Operations of all workers together. Range: 1 to 1000000000. Default: 500. */
    operations: count(1, 1e9),
  }),
  /**
   * One kernel primitive, taken and released by `threads` kernel threads on CPUs of their own, `pairs` times in all
   * (module). Twice: without reading the clock, for what a pair costs, then with it, for the latencies.
   */
  lockLatency: z.strictObject({
    program: z.literal('lock-latency'),
    /** What is taken and released. */
    primitive: z.enum(PRIMITIVES),
    /** Kernel threads, each on a CPU of its own. 1 contends with nobody. Range: 1 to 64. Default: 1. */
    threads: count(1, 64),
    /** Times it is taken and released by all threads together. Range: 1 to 1000000000. Default: 100000. */
    pairs: count(1, 1e9),
    /** ns from taking it to releasing it. Range: 0 to 1000000000. Default: 0. */
    holdNs: count(0, 1e9),
    /** ns from releasing it to taking it anew. Range: 0 to 1000000000. Default: 0. */
    thinkNs: count(0, 1e9),
  }),
  /** Kernel threads that hold one spinlock long enough to be preempted in it (module): lock-holder preemption. */
  lockHolder: z.strictObject({
    program: z.literal('lock-holder'),
    /** Kernel threads, each on a CPU of its own. Range: 2 to 64. Default: 2. */
    threads: count(2, 64),
    /** Times the lock is taken and released by all threads together. Range: 1 to 1000000000. Default: 20000. */
    pairs: count(1, 1e9),
    /** ns from taking the lock to releasing it. Range: 0 to 1000000000. Default: 20000. */
    holdNs: count(0, 1e9),
    /** ns from releasing the lock to taking it anew. Range: 0 to 1000000000. Default: 5000. */
    thinkNs: count(0, 1e9),
  }),
  /** A thread that unmaps memory of a process with `receivers` user-mode threads: TLB shootdowns. */
  tlbShootdown: z.strictObject({
    program: z.literal('tlb-shootdown'),
    /** User-mode threads that are interrupted. Range: 1 to 64. Default: 1. */
    receivers: count(1, 64),
    /** Shootdowns. Range: 1 to 1000000000. Default: 1000. */
    rounds: count(1, 1e9),
  }),
  /** User-mode threads that only count, for a fixed time of the guest's clock; the co-runner. */
  cpuBound: z.strictObject({
    program: z.literal('cpu-bound'),
    /** User-mode threads. Range: 1 to 64. Default: 2. */
    threads: count(1, 64),
    /** Seconds of the guest's clock. Range: 1 to 600. Default: 2. */
    seconds: count(1, 600),
  }),
  /** eCS figure 7: threads that take and release spinlocks without end, for a fixed time of the guest's clock (module). */
  lockLoop: z.strictObject({
    program: z.literal('lock-loop'),
    /** Kernel threads. Range: 1 to 64. Default: 2. */
    threads: count(1, 64),
    /** Seconds of the guest's clock. Range: 1 to 600. Default: 2. */
    seconds: count(1, 600),
    /** ns from taking a lock to releasing it. Range: 0 to 1000000000. Default: 1000. */
    holdNs: count(0, 1e9),
  }),
} as const;

export const workloadSchema = z.discriminatedUnion('program', [
  schemas.hackbench, schemas.dbench, schemas.apache, schemas.pbzip2, schemas.stressNg,
  schemas.lockLatency, schemas.lockHolder, schemas.tlbShootdown, schemas.cpuBound, schemas.lockLoop,
]);
export type Workload = z.output<typeof workloadSchema>;
export type Program = Workload['program'];

/** Numbers a workload reports, with unit and which way is better. All are of the guest's own clock. */
export interface Reported {
  readonly unit: string;
  readonly better: 'lower' | 'higher';
}

export const REPORTS: Readonly<Record<Program, Readonly<Record<string, Reported>>>> = {
  hackbench: { seconds: { unit: 's', better: 'lower' } },
  dbench: { mbPerSecond: { unit: 'MB/s', better: 'higher' } },
  apache: { requestsPerSecond: { unit: '1/s', better: 'higher' } },
  pbzip2: { seconds: { unit: 's', better: 'lower' } },
  'stress-ng': { operationsPerSecond: { unit: '1/s', better: 'higher' } },
  'lock-latency': { pairsPerSecond: { unit: '1/s', better: 'higher' }, nsPerPair: { unit: 'ns', better: 'lower' }, bestNsPerPair: { unit: 'ns', better: 'lower' } },
  'lock-holder': { pairsPerSecond: { unit: '1/s', better: 'higher' } },
  'tlb-shootdown': { roundsPerSecond: { unit: '1/s', better: 'higher' } },
  'cpu-bound': { turnsPerSecond: { unit: '1/s', better: 'higher' } },
  'lock-loop': { pairsPerSecond: { unit: '1/s', better: 'higher' } },
};

/** Programs that also report a histogram of latencies, under this name. */
export const LATENCIES: Readonly<Partial<Record<Program, string>>> = {
  'lock-latency': 'acquire',
  'lock-holder': 'acquire',
  'tlb-shootdown': 'shootdown',
};

type Without<T> = Omit<T, 'program'>;
type Of<P extends Program> = Extract<Workload, { program: P }>;

export const hackbench = (options: Partial<Without<Of<'hackbench'>>> = {}): Of<'hackbench'> => ({ program: 'hackbench', groups: 1, pairs: 4, messages: 50, rounds: 1, ...options });
export const dbench = (options: Partial<Without<Of<'dbench'>>> = {}): Of<'dbench'> => ({ program: 'dbench', clients: 4, seconds: 2, ...options });
export const apache = (options: Partial<Without<Of<'apache'>>> = {}): Of<'apache'> => ({ program: 'apache', connections: 8, threads: 2, seconds: 2, ...options });
export const pbzip2 = (options: Partial<Without<Of<'pbzip2'>>> = {}): Of<'pbzip2'> => ({ program: 'pbzip2', kib: 1024, threads: 2, ...options });
export const stressNg = (options: Pick<Of<'stress-ng'>, 'stressor'> & Partial<Without<Of<'stress-ng'>>>): Of<'stress-ng'> => ({ program: 'stress-ng', workers: 2, operations: 500, ...options });
export const lockLatency = (options: Pick<Of<'lock-latency'>, 'primitive'> & Partial<Without<Of<'lock-latency'>>>): Of<'lock-latency'> => ({ program: 'lock-latency', threads: 1, pairs: 100_000, holdNs: 0, thinkNs: 0, ...options });
export const lockHolder = (options: Partial<Without<Of<'lock-holder'>>> = {}): Of<'lock-holder'> => ({ program: 'lock-holder', threads: 2, pairs: 20_000, holdNs: 20_000, thinkNs: 5_000, ...options });
export const tlbShootdown = (options: Partial<Without<Of<'tlb-shootdown'>>> = {}): Of<'tlb-shootdown'> => ({ program: 'tlb-shootdown', receivers: 1, rounds: 1000, ...options });
export const cpuBound = (options: Partial<Without<Of<'cpu-bound'>>> = {}): Of<'cpu-bound'> => ({ program: 'cpu-bound', threads: 2, seconds: 2, ...options });
export const lockLoop = (options: Partial<Without<Of<'lock-loop'>>> = {}): Of<'lock-loop'> => ({ program: 'lock-loop', threads: 2, seconds: 2, holdNs: 1000, ...options });
