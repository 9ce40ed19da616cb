// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { cycles, factor, iterations, ms, ns, parsePolicy, schedules, us, type PolicyInput } from '../src/index.ts';

const base: PolicyInput = { name: 'p', description: 'd', targets: ['kvm-host'], trees: ['6.12'] };
const codes = (input: unknown): string[] => parsePolicy(input).problems.map((p) => `${p.diagnostic.code} ${p.path.join('.')}`);

describe('parsePolicy', () => {
  it('fills in defaults and turns quantities into base units', () => {
    const { policy } = parsePolicy({ ...base, debooster: { maxPenaltyNs: ms(3), minIntervalNs: us(5) }, spin: { ple: {} } });
    expect(policy?.debooster).toEqual({ enabledAtBoot: false, maxPenaltyNs: 3_000_000, marginNs: 0, minIntervalNs: 5_000, reversePairWindowNs: 600_000 });
    expect(policy?.spin?.ple?.windowCycles).toBe(4096);
    expect(policy?.strictBoost).toBeUndefined();
  });

  it('fills in groups that are left out', () => {
    const { policy } = parsePolicy({ ...base, ecs: { sites: { rcu: false }, schdspin: { mode: 'off' } } });
    expect(policy?.ecs).toEqual({
      enabledAtBoot: false,
      counting: 'annotated',
      sites: { spinlock: true, rwlockRead: true, rwlockWrite: true, mutex: true, rwsemRead: true, rwsemWrite: true, rcu: false, hardirq: true, softirq: true },
      host: { extraSchedules: 1, graceNs: 1_000_000, checkNs: 10_000, penalise: true, preferAsYieldTarget: false },
      schdspin: { mode: 'off', spinLimitNs: 200_000 },
    });
  });

  it('bounds what an extra schedule may be, and knows the words of a choice', () => {
    expect(codes({ ...base, ecs: { host: { extraSchedules: schedules(9) } } })).toEqual(['POLICY_OUT_OF_RANGE ecs.host.extraSchedules']);
    expect(codes({ ...base, ecs: { host: { extraSchedules: factor(1) } } })).toEqual(['POLICY_WRONG_UNIT ecs.host.extraSchedules']);
    expect(codes({ ...base, ecs: { counting: 'guess' } })).toEqual(['POLICY_INVALID ecs.counting']);
    expect(codes({ ...base, ecs: { schdspin: { mode: true } } })).toEqual(['POLICY_INVALID ecs.schdspin.mode']);
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

  it.each([
    ['us(1.001)', us(1.001), 1_001],
    ['us(0.007)', us(0.007), 7],
    ['us(0.1 + 0.2)', us(0.1 + 0.2), 300],
    ['us(0.7 + 0.1)', us(0.7 + 0.1), 800],
    ['ms(1.000001)', ms(1.000001), 1_000_001],
    ['ms(999.999999)', ms(999.999999), 999_999_999],
    ['us(0)', us(0), 0],
  ])('takes %s as the whole number of ns it denotes', (_, written, wanted) => {
    expect(parsePolicy({ ...base, debooster: { maxPenaltyNs: written } }).policy?.debooster?.maxPenaltyNs).toBe(wanted);
  });

  it('takes decimals of µs and ms as the whole ns they denote, over the whole range', () => {
    const all = Array.from({ length: 20_000 }, (_, i) => 1 + i * 49_999);
    expect(all.filter((wanted) => us(Number(`${wanted}e-3`)).value !== wanted || ms(Number(`${wanted}e-6`)).value !== wanted)).toEqual([]);
  });

  it.each([
    ['us(1.0005)', us(1.0005), '1000.5 ns is not a whole number: this takes one from 0 to 1000000000 ns'],
    ['us(1 / 3)', us(1 / 3), `${1000 / 3} ns is not a whole number: this takes one from 0 to 1000000000 ns`],
    ['ms(999.9999999)', ms(999.9999999), '999999999.9 ns is not a whole number: this takes one from 0 to 1000000000 ns'],
    ['us(0.0001)', us(0.0001), '0.1 ns is not a whole number: this takes one from 0 to 1000000000 ns'],
    ['ns(2.5)', ns(2.5), '2.5 ns is not a whole number: this takes one from 0 to 1000000000 ns'],
    ['ms(1000.1)', ms(1000.1), '1000100000 ns is out of range: a whole number from 0 to 1000000000 ns'],
    ['us(NaN)', us(Number.NaN), 'NaN ns is out of range: a whole number from 0 to 1000000000 ns'],
  ])('refuses %s and says why', (_, written, message) => {
    const { problems } = parsePolicy({ ...base, debooster: { maxPenaltyNs: written } });
    expect(problems.map((p) => [p.diagnostic.code, p.diagnostic.message])).toEqual([['POLICY_OUT_OF_RANGE', message]]);
  });

  it('reports everything at once', () => {
    const found = codes({ ...base, name: 'Bad Name', targets: ['vmware'], extra: 1, flexcore: {}, debooster: { marginNs: 1, typo: 2 } });
    expect(found.sort()).toEqual(
      ['POLICY_INVALID name', 'POLICY_INVALID targets.0', 'POLICY_NOT_IMPLEMENTED flexcore', 'POLICY_UNKNOWN_KEY debooster.typo', 'POLICY_UNKNOWN_KEY extra', 'POLICY_WRONG_UNIT debooster.marginNs'].sort(),
    );
  });

  it.each(['flexcore', 'confidential'])('refuses the reserved section %s', (section) => {
    expect(codes({ ...base, [section]: {} })).toEqual([`POLICY_NOT_IMPLEMENTED ${section}`]);
  });

  it.each([undefined, null, 3, 'x', []])('refuses %j as a policy', (input) => {
    expect(parsePolicy(input).problems.length).toBeGreaterThan(0);
  });
});
