// SPDX-License-Identifier: MIT
import type { LabEvent } from '@unspin/lab';
import type { Context } from './context.ts';

export type Say = (text: string) => void;

/** Said at the first Ctrl-C. */
export const STOPPING = 'stopping, once more to stop at once';

/** Long work, one step after the other: drawn on a terminal, a plain line for each otherwise. */
export interface Steps {
  readonly run: <T>(title: string, body: (say: Say) => Promise<T>) => Promise<T>;
}

/** Plain lines go to stderr, as does what a terminal draws: stdout is for results. */
export async function makeSteps(context: Context): Promise<Steps> {
  return context.interactive ? drawnSteps(context.signal) : plainSteps(context);
}

/** Steps that are parts of another one. */
export const stepsWithin = (say: Say): Steps => ({
  run: (title, body) => {
    say(title);
    return body(say);
  },
});

function plainSteps(context: Context): Steps {
  return {
    run: (title, body) => {
      context.stderr(`- ${title}\n`);
      let last = '';
      return body((text) => {
        // Counters are for terminals: a log wants a line only where something new begins.
        const line = text.replace(/\d+ of \d+ objects|\d+ objects/, '').trim();
        // Of one that was only a counter, the name of the tree may be left.
        if (line === '' || line.endsWith(':') || line === last) return;
        context.stderr(`    ${line}\n`);
        last = line;
      });
    },
  };
}

async function drawnSteps(signal: AbortSignal): Promise<Steps> {
  const { DefaultRenderer, Listr, ListrLogger, PRESET_TIMER, ProcessOutput } = await import('listr2');
  /** Asks stdout whether it is a terminal, which is not where this one draws. */
  class OnStderr extends DefaultRenderer {
    static override nonTTY = true;
  }
  const logger = new ListrLogger<never>({ processOutput: new ProcessOutput(process.stderr, process.stderr) });
  const timer = { ...PRESET_TIMER, field: (ms: number) => `${(ms / 1000).toFixed(0)} s` };
  return {
    run: async <T>(title: string, body: (say: Say) => Promise<T>): Promise<T> => {
      const box: { value?: T } = {};
      const task = {
        title,
        task: async (_: unknown, drawn: { output: string }): Promise<void> => {
          // What main.ts writes is held back until the drawing is over.
          const stopping = (): void => void (drawn.output = STOPPING);
          signal.addEventListener('abort', stopping);
          try {
            box.value = await body((text) => (drawn.output = signal.aborted ? STOPPING : text));
          } finally {
            signal.removeEventListener('abort', stopping);
          }
        },
      };
      // Its own listener would end the process at the first Ctrl-C, with 127 and without a report.
      await new Listr([task], { renderer: OnStderr, registerSignalListeners: false, rendererOptions: { timer, logger } }).run();
      return box.value as T;
    },
  };
}

/** What the lab says of its work, as one line. */
export const labText = (event: LabEvent): string => {
  if (event.kind === 'step') return event.text;
  return event.of === undefined ? `${event.done} objects` : `${event.done} of ${event.of} objects`;
};
