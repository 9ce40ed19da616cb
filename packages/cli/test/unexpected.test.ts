// SPDX-License-Identifier: MIT
import { closeSync, openSync, writeSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { book, Results } from '../src/commands/test/cases.ts';
import { unexpected } from '../src/unexpected.ts';

function fillDisk(): void {
  const fd = openSync('/dev/full', 'w');
  try {
    writeSync(fd, 'x');
  } finally {
    closeSync(fd);
  }
}

describe('what is thrown', () => {
  it('is a full disk where the system says so, with what to do', () => {
    expect(fillDisk).toThrow('ENOSPC');
    try {
      fillDisk();
    } catch (error) {
      expect(unexpected(error)).toMatchObject({ code: 'LAB_DISK_FULL', help: expect.stringContaining('UNSPIN_CACHE') });
    }
  });

  it('is a bug otherwise', () => {
    expect(unexpected(new TypeError('x is not a function'))).toMatchObject({ code: 'INTERNAL', help: expect.stringContaining('bug in unspin') });
    expect(unexpected('a string')).toMatchObject({ code: 'INTERNAL', message: 'a string' });
  });

  it('ends one case of a test run and not the run', async () => {
    const results = new Results(() => {});
    const body = async (): Promise<never> => {
      fillDisk();
      throw new Error('not reached');
    };
    expect(await book(results, 'suite', 'case', body)).toBeUndefined();
    expect(results.suites[0]?.cases[0]).toMatchObject({ outcome: { kind: 'failed' }, detail: expect.stringContaining('LAB_DISK_FULL') });
  });
});
