// SPDX-License-Identifier: MIT
/** Lines of a running machine's console, from a pipe or from a file that grows, and the file they are kept in. */
import { createWriteStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { Diagnostic } from '@unspin/diagnostics';
import { diskFull, isDiskFull } from '../free-space.ts';

export interface ConsoleReader {
  /** Waits for the last line; the machine is gone. */
  readonly end: () => Promise<void>;
}

const POLL_MS = 100;

export function readPipe(stream: Readable, onLine: (line: string) => void): ConsoleReader {
  const console = createInterface({ input: stream, crlfDelay: Infinity });
  console.on('line', onLine);
  const closed = new Promise<void>((resolve) => console.once('close', resolve));
  return { end: () => closed };
}

/** Removes a file of an earlier run, so that only what the next machine says is read. */
export const freshConsole = (path: string): Promise<void> => rm(path, { force: true });

/** Looks for new lines every tenth of a second; the file need not exist yet. */
export function followFile(path: string, onLine: (line: string) => void): ConsoleReader {
  const decoder = new StringDecoder('utf8');
  let offset = 0;
  let rest = '';
  const read = async (): Promise<void> => {
    const file = await open(path).catch(() => undefined);
    if (file === undefined) return;
    try {
      const buffer = Buffer.alloc(1 << 16);
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
        if (bytesRead === 0) return;
        offset += bytesRead;
        const lines = (rest + decoder.write(buffer.subarray(0, bytesRead))).split('\n');
        rest = lines.pop() ?? '';
        lines.forEach(onLine);
      }
    } finally {
      await file.close();
    }
  };
  // One read at a time: each takes up where the last one stopped.
  let last = Promise.resolve();
  const timer = setInterval(() => (last = last.then(read)), POLL_MS);
  return {
    end: async () => {
      clearInterval(timer);
      await (last = last.then(read));
      if (rest !== '') onLine(rest);
    },
  };
}

export interface ConsoleLog {
  readonly add: (line: string) => void;
  /** Closes it. What kept it from being whole, as a warning: the run is judged by what was read, not by this file. */
  readonly end: () => Promise<readonly Diagnostic[]>;
}

export function keepLog(path: string): ConsoleLog {
  const file = createWriteStream(path);
  let error: Error | undefined;
  file.on('error', (e) => (error ??= e));
  const closed = new Promise<void>((resolve) => file.once('close', resolve));
  return {
    add: (line) => {
      if (error === undefined) file.write(`${line}\n`);
    },
    end: async () => {
      file.end();
      await closed;
      if (error === undefined) return [];
      if (isDiskFull(error)) return [{ ...diskFull(`the console in ${path} is cut short`), severity: 'warning' }];
      return [{ code: 'OUTPUT_NOT_WRITABLE', severity: 'warning', message: `the console is not kept: ${error.message}`, help: 'make it a folder you can write to, or name another one in UNSPIN_CACHE' }];
    },
  };
}
