// SPDX-License-Identifier: MIT
/** What a report's times mean, said in every one of them. */
import type { Clock, Summary } from '@unspin/experiment';

export interface ClockNote {
  readonly title: string;
  readonly does: readonly string[];
  readonly doesNot: readonly string[];
}

const EMULATED = 'Scheduling, preemption, interrupts, nested paging and VM exits happen as the kernels ask for them.';

export const CLOCK_NOTES: Readonly<Record<Clock, ClockNote>> = {
  virtual: {
    title: 'Virtual time: one instruction takes one nanosecond',
    does: [
      EMULATED,
      'Time is counted in instructions. A busy machine changes nothing, and the same seed gives the same run to the byte.',
      'Seeds vary in which order and when guests are told to start. The spread over seeds is the spread of such conditions, and not of hardware.',
    ],
    doesNot: [
      'There are no caches and no coherence traffic: a contended cache line costs no more than a private one, and a migrated vCPU loses nothing.',
      'All instructions cost the same. There is no pipeline, no memory latency, no SMT and no NUMA, and a VM exit costs only the instructions it leads to.',
      'CPUs take turns on one thread, 10 us for all of them, so they never run in the same moment, and an interrupt may come that late.',
      'So a ratio here says what a mechanism does to scheduling and to the instructions spent. It does not say what it gains on hardware.',
    ],
  },
  threads: {
    title: "Threads: the emulator's CPUs run in the machine's own time",
    does: [
      EMULATED,
      'Emulated CPUs run in the same moment, as far as the machine has CPUs for them.',
      'The host has one CPU more than its pCPUs, its first, on which no vCPU runs: guests that used it were lost, most likely to a race of the emulator.',
    ],
    doesNot: [
      'Times hold the load of the machine that ran the emulator. A repeat gives other numbers.',
      'Where the machine has fewer CPUs than the emulated host, emulated CPUs are preempted themselves, which no mechanism here can know.',
      'There are no modelled caches and no coherence traffic: costs are those of the emulator.',
      'So only ratios of pairs mean something, and they hold less than those of virtual time.',
    ],
  },
  kvm: {
    title: 'Hardware virtualisation: real time, one level deeper than usual',
    does: ['Instructions, caches and coherence traffic are those of the machine.', 'The host under test is a guest itself, and its guests are nested.'],
    doesNot: [
      'Each exit of a nested guest costs several exits of the machine. Mechanisms that cause or save exits look dearer or better than on bare metal.',
      'The machine may preempt the host under test, which no mechanism here can know.',
      'A repeat gives other numbers.',
    ],
  },
};

/** Of the clock all cells ran on: a run that cannot have the one asked for fails. */
export const clockNote = ({ experiment }: Summary): ClockNote => CLOCK_NOTES[experiment.clock];

export const clockSentence = (summary: Summary): string => {
  const { title, doesNot } = clockNote(summary);
  return `${title}. ${doesNot.join(' ')}`;
};
