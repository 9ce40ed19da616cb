// SPDX-License-Identifier: MIT
/** The process: the only place that knows argv, signals and exit codes. */
import { writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { run } from './run.ts';
import { STOPPING } from './steps.ts';

const SHOW_CURSOR = '\u001b[?25h';
const interactive = process.stderr.isTTY === true && process.env['CI'] === undefined;
const abort = new AbortController();
const interrupt = (): void => {
  if (abort.signal.aborted) {
    // Steps that are being drawn hide it, and hold back what is written through the stream.
    if (interactive) writer(2)(SHOW_CURSOR);
    process.exit(130);
  }
  process.stderr.write(`\nunspin: ${STOPPING}\n`);
  abort.abort();
};
process.on('SIGINT', interrupt);
process.on('SIGTERM', interrupt);

/** Synchronous, so that nothing is lost at the end of the process; a reader that has gone is no error. */
const writer = (fd: number) => (text: string) => {
  let bytes: Uint8Array = Buffer.from(text);
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(fd, bytes));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') return;
      if (code !== 'EAGAIN') throw error;
    }
  }
};

/** Put in by scripts/bundle.mjs; what runs from sources has none. */
declare const UNSPIN_PROGRAM_ID: string | undefined;
const toolId = typeof UNSPIN_PROGRAM_ID === 'undefined' ? undefined : UNSPIN_PROGRAM_ID;

process.exitCode = await run(process.argv.slice(2), {
  root: resolve(import.meta.dirname, '../../..'),
  cwd: process.cwd(),
  env: process.env,
  ...(toolId === undefined ? {} : { toolId }),
  signal: abort.signal,
  interactive,
  color: interactive && process.env['NO_COLOR'] === undefined,
  stdout: writer(1),
  stderr: writer(2),
});
if (abort.signal.aborted) process.exit(130);
