// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { sameOutcome, type Attempt } from '../src/index.ts';

const boot = (verdict: string, bytes = verdict): Attempt => ({ verdict, bytes });
const outside: Attempt = { verdict: 'lost-vm', bytes: 'x', outside: true };

describe('boots of one cell', () => {
  it.each<[string, readonly Attempt[]]>([
    ['none', []],
    ['one', [boot('panic')]],
    ['both failed with the same bytes', [boot('panic'), boot('panic')]],
    ['the first was killed', [outside, boot('pass')]],
    ['one between two equal ones was killed', [boot('panic'), outside, boot('panic')]],
    ["the machine's clock cut both off, at different places", [boot('hang', 'a'), boot('hang', 'b')]],
    ['bytes were not kept', [{ verdict: 'panic' }, boot('panic')]],
  ])('gave the same: %s', (_what, attempts) => expect(sameOutcome(attempts)).toBe(true));

  it.each<[string, readonly Attempt[]]>([
    ['a retry that passes', [boot('panic'), boot('pass')]],
    ['without bytes, too', [{ verdict: 'panic' }, { verdict: 'pass' }]],
    ['another failure', [boot('panic'), boot('fail')]],
    ['the same failure with other bytes', [boot('panic', 'a'), boot('panic', 'b')]],
    ['a hang and a pass', [boot('hang'), boot('pass')]],
    ['a pass after two equal failures', [boot('panic'), boot('panic'), boot('pass')]],
    ['a killed one between', [boot('panic'), outside, boot('pass')]],
  ])('did not: %s', (_what, attempts) => expect(sameOutcome(attempts)).toBe(false));
});
