// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { cycles, factor, iterations, ms, ns, parsePolicy, us, type PolicyInput } from '../src/index.ts';

const base: PolicyInput = { name: 'p', description: 'd', targets: ['kvm-host'], trees: ['6.12'] };
const codes = (input: unknown): string[] => parsePolicy(input).problems.map((p) => `${p.diagnostic.code} ${p.path.join('.')}`);

describe('parsePolicy', () => {
  it('fills in defaults and turns quantities into base units', () => {
    const { policy } = parsePolicy({ ...base, debooster: { maxPenaltyNs: ms(3), minIntervalNs: us(5) }, spin: { ple: {} } });
    expect(policy?.debooster).toEqual({ enabledAtBoot: false, maxPenaltyNs: 3_000_000, marginNs: 0, minIntervalNs: 5_000, reversePairWindowNs: 600_000 });
    expect(policy?.spin?.ple?.windowCycles).toBe(4096);
    expect(policy?.strictBoost).toBeUndefined();
  });

  it('accepts the ends of a range and refuses what lies past them', () => {
    const at = (n: number): string[] => codes({ ...base, spin: { pvLock: { thresholdIterations: iterations(n) } } });
    expect(at(16)).toEqual([]);
    expect(at(1 << 24)).toEqual([]);
    for (const n of [15, (1 << 24) + 1, 20.5, Number.NaN, Infinity, -1]) {
      expect(at(n)).toEqual(['POLICY_OUT_OF_RANGE spin.pvLock.thresholdIterations']);
    }
  });

  it('tells a wrong unit from a wrong value', () => {
    expect(codes({ ...base, debooster: { maxPenaltyNs: 6 } })).toEqual(['POLICY_WRONG_UNIT debooster.maxPenaltyNs']);
    expect(codes({ ...base, debooster: { maxPenaltyNs: cycles(6) } })).toEqual(['POLICY_WRONG_UNIT debooster.maxPenaltyNs']);
    expect(codes({ ...base, debooster: { maxPenaltyNs: ns(-6) } })).toEqual(['POLICY_OUT_OF_RANGE debooster.maxPenaltyNs']);
    expect(codes({ ...base, spin: { ple: { growFactor: factor(1025) } } })).toEqual(['POLICY_OUT_OF_RANGE spin.ple.growFactor']);
  });

  it('reports everything at once', () => {
    const found = codes({ ...base, name: 'Bad Name', targets: ['vmware'], extra: 1, ecs: {}, debooster: { marginNs: 1, typo: 2 } });
    expect(found.sort()).toEqual(
      ['POLICY_INVALID name', 'POLICY_INVALID targets.0', 'POLICY_NOT_IMPLEMENTED ecs', 'POLICY_UNKNOWN_KEY debooster.typo', 'POLICY_UNKNOWN_KEY extra', 'POLICY_WRONG_UNIT debooster.marginNs'].sort(),
    );
  });

  it.each(['ecs', 'flexcore', 'confidential'])('refuses the reserved section %s', (section) => {
    expect(codes({ ...base, [section]: {} })).toEqual([`POLICY_NOT_IMPLEMENTED ${section}`]);
  });

  it.each([undefined, null, 3, 'x', []])('refuses %j as a policy', (input) => {
    expect(parsePolicy(input).problems.length).toBeGreaterThan(0);
  });
});
