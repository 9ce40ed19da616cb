// SPDX-License-Identifier: MIT
import { expect, it } from 'vitest';
import { CANNED, cannedRun } from '../../experiment/test/canned.ts';
import { judgeControl } from '../src/commands/test/control.ts';

const { loadSeconds, pauseLoops } = CANNED.metrics;
const CONTROL = { trees: ['6.12'], seeds: 8, confidence: 0.99, scenarios: { 'two-hackbench': CANNED.scenarios['two-hackbench']! }, metrics: { loadSeconds: loadSeconds!, pauseLoops: pauseLoops! } };

it('the negative control of a test run fails where there is an effect', () => {
  const judged = (neverCalled: boolean) => {
    const run = cannedRun({ change: CONTROL, neverCalled });
    return judgeControl(run.experiment, { stored: run.cells.map((result) => ({ result, attempts: [] })), repeats: run.repeats, ready: run.provenance.map((provenance) => ({ provenance })) });
  };
  expect(judged(true)).toMatchObject({ ok: true, value: 'no effect in 2 numbers, no counter of a mechanism moved, 1 repeat equal to the byte' });
  const message = expect.stringMatching(/^the negative control does not hold\ncounters moved that nobody should move: .*deboost\.applied.*\n.*time of the load .*, better\n/) as string;
  expect(judged(false)).toMatchObject({ ok: false, diagnostics: [{ code: 'LAB_VERDICT', message }] });
});
