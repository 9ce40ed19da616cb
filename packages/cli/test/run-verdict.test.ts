// SPDX-License-Identifier: MIT
import type { Cell, JournalEntry } from '@unspin/experiment';
import type { StoredCell } from '@unspin/lab';
import { describe, expect, it } from 'vitest';
import { runVerdict } from '../src/commands/experiment/verdict.ts';

const cell: Cell = { tree: '7.2', scenario: 's', arm: 'on', seed: 1 };

function stored(...boots: readonly (string | Partial<JournalEntry>)[]): StoredCell {
  const attempts = boots.map((boot, i): JournalEntry => ({ cell, attempt: i + 1, seconds: 1, evidence: 'said', verdict: 'pass', bytes: String(boot), ...(typeof boot === 'string' ? { verdict: boot } : boot) }));
  const verdict = attempts.at(-1)!.verdict;
  const measurements = { loadNs: 1, vms: [], host: {}, timeline: { windowNs: 1, runNs: {} } };
  return { result: { cell, outcome: verdict === 'pass' ? { kind: 'done', measurements } : { kind: 'failed', verdict, evidence: 'said' }, consoleSha256: '' }, attempts };
}

const judged = (clock: 'virtual' | 'threads', ...cells: readonly StoredCell[]): string[] => runVerdict({ clock, stored: cells, repeats: [] }, '.unspin/consoles').map((d) => `${d.severity}: ${d.message}`);

describe('what fails a run', () => {
  it('is nothing where all went well', () => expect(judged('virtual', stored('pass'))).toEqual([]));

  it('is a retry that passes in virtual time', () => {
    expect(judged('virtual', stored('panic', 'pass'))).toEqual(['error: 7.2/s/on/1: panic, then pass: boots of one cell gave different things in virtual time']);
    expect(judged('threads', stored('panic', 'pass'))).toEqual([]);
  });

  it('is none after a boot that was ended from outside', () => {
    expect(judged('virtual', stored({ verdict: 'lost-vm', outside: true }, 'pass'))).toEqual([]);
    expect(judged('virtual', stored({ verdict: 'infrastructure', outside: true }, 'pass'))).toEqual([]);
  });

  it('is still the first failure after many retries', () => expect(judged('virtual', stored('panic', 'panic', 'pass'))).toHaveLength(1));

  it('names the machine where its clock ended a boot', () => {
    expect(runVerdict({ clock: 'virtual', stored: [stored('hang', 'pass')], repeats: [] }, '')[0]?.help).toMatch(/too busy/);
    expect(runVerdict({ clock: 'virtual', stored: [stored('panic', 'pass')], repeats: [] }, '')[0]?.help).toBeUndefined();
  });

  it('is a cell that did not finish, once', () => {
    expect(judged('virtual', stored('panic', 'panic'))).toEqual(['error: 1 cell did not finish\n  7.2/s/on/1: panic, then panic: said']);
  });

  it('is a repeat with other bytes', () => {
    expect(runVerdict({ clock: 'virtual', stored: [], repeats: [{ cell, first: 'a', again: 'b' }, { cell, first: 'a', again: 'a' }] }, '').map((d) => d.message)).toEqual(['7.2/s/on/1: a repeat gave other bytes']);
  });
});
