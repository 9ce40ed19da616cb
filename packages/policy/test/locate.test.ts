// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { locateInPolicy, syntaxErrors } from '../src/locate.ts';

const TEXT = `import { definePolicy, ms } from '@unspin/policy';
const shared = {
  maxPenaltyNs: ms(9),
};
export default definePolicy({
  targets: ['kvm-host', 'nonsense'],
  debooster: shared,
  'strictBoost': { userModeReceivers: true },
});
`;
const at = (path: (string | number)[], onKey = false): string => {
  const { line, column } = locateInPolicy(TEXT, path, onKey);
  return `${line}:${column}`;
};

describe('locateInPolicy', () => {
  it('finds values, keys and elements', () => {
    expect(at(['targets', 1])).toBe('6:25');
    expect(at(['strictBoost', 'userModeReceivers'])).toBe('8:39');
    expect(at(['strictBoost'], true)).toBe('8:3');
  });
  it('follows a name to where the value is written', () => expect(at(['debooster', 'maxPenaltyNs'])).toBe('3:17'));
  it('stays at the nearest place for what is not written', () => expect(at(['debooster', 'marginNs'])).toBe('7:14'));
});

it('syntaxErrors gives places', () => {
  expect(syntaxErrors('const a = {\n  b: [1,\n};')[0]).toMatchObject({ line: 3 });
  expect(syntaxErrors(TEXT)).toEqual([]);
});
