// SPDX-License-Identifier: MIT
import type { HostClock } from '../boot/host.ts';
import { ownVerdictCheck, splatCheck, type Check } from '../console/result.ts';
import type { Verdict } from '../console/verdict.ts';
import { ECS_KINDS, type EcsKind } from '../ecs-kinds.ts';
import type { HostileConsole, Measured, Share } from './parse.ts';

/** What a host has to hold to. */
export interface HostilePlan {
  /** As the policy has it: extra schedules in a row, and how long each is at most. */
  readonly extraSchedules: number;
  readonly graceNs: number;
  /** Length of the window in which two VMs share a pCPU, by the host's clock. */
  readonly seconds: number;
}

/** What guest/hostile/msr.c finds out, by name. A test that is not in the console has failed. */
export const MSR_TESTS = [
  'MSR is 0 at first',
  'reserved bits are #GP',
  'area not 64-byte aligned is #GP',
  'area in unmapped memory is #GP',
  'area behind the end of memory is #GP',
  'area beyond physical addresses is #GP',
  'area at the last address is #GP',
  'unknown flag is #GP',
  'count not aligned is #GP',
  'count across two pages is #GP',
  'count in unmapped memory is #GP',
  'count at the last address is #GP',
  'refused areas are not written to',
  'area with a count is taken',
  'version is written',
  'refused write leaves the area registered',
  'area in the last bytes of memory is taken',
  'enabled twice',
  'disabled twice',
  'address without the enable bit is taken',
  'area in a read-only slot is #GP',
  'area in a slot of its own is taken',
  'slot deleted while registered',
  'slot added and deleted again and again',
  'area is found in a slot added again',
  'slot read-only while registered',
  'host memory unmapped while registered',
  'area in unmapped host memory is #GP',
  'user space sets the MSR before there is memory',
  'user space sets the MSR',
  'user space cannot set reserved bits',
  'MSR is listed',
  'feature bit is offered',
  'MSR is #GP without the feature bit',
] as const;

/** Tests of KVM's own that the host's series brings or changes: run in the host, beside those above. */
export const SELFTESTS = ['selftest ecs_test', 'selftest kvm_pv_test'] as const;

/** kvm.ecs off, on, and on in a KVM that was unloaded and loaded again. */
const PHASES = ['off', 'on', 'reloaded'] as const;

interface Mode {
  /** What the greedy VM does, for people. */
  readonly claims: string;
  /** What its preemptions in sections have to be counted as; left out where it claims this and that. */
  readonly kind?: EcsKind;
  /** Its claim may be gone when its grace ends, and then nothing is traced before the vCPU leaves. */
  readonly untraced?: true;
  /** It may have ended its claim or left by itself each time, and then no preemption in a section is counted. */
  readonly uncounted?: boolean;
  /** Something runs on the host's other CPU. */
  readonly meddled?: true;
  /** Counters that must grow, or what the mode is for did not happen. */
  readonly grow?: readonly (keyof Measured)[];
}

/** Ways to be greedy, by their names in guest/hostile/share.c. All but the first need kvm.ecs on only. */
export const MODES = {
  'non-preemptable': { claims: 'a non-preemptable section for ever', kind: 'lock' },
  blocking: { claims: 'a preemptable section for ever', kind: 'blocking' },
  reader: { claims: 'a preemptable section as a reader for ever', kind: 'reader' },
  interrupt: { claims: 'an interrupt for ever, by its preemption count', kind: 'interrupt' },
  preempt: { claims: 'preemption off for ever, by its preemption count', kind: 'preempt' },
  rcu: { claims: 'a section as an RCU reader for ever', kind: 'rcu' },
  exits: { claims: 'a section as a reader for ever, and leaves for user space all the time', kind: 'reader', uncounted: true },
  toggle: { claims: 'a section as an RCU reader for ever, and writes the MSR all the time', kind: 'rcu', untraced: true, uncounted: true },
  // `changes` are slots that were gone before the extra schedule was over.
  slot: { claims: 'an interrupt for ever, and has the slot of its area deleted within extra schedules', kind: 'interrupt', meddled: true, grow: ['changes', 'unreadable'] },
  area: { claims: 'a section, and has its area overwritten, dropped and protected while it runs', meddled: true, grow: ['changes', 'unreadable'] },
} as const satisfies Readonly<Record<string, Mode>>;

type ModeName = keyof typeof MODES;

const SHARES: readonly (readonly [(typeof PHASES)[number], ModeName])[] = [
  ['off', 'non-preemptable'],
  ...(Object.keys(MODES) as ModeName[]).map((mode) => ['on', mode] as const),
  ['reloaded', 'non-preemptable'],
];

/** Of the time both ran. */
const FAIR_SHARE = { least: 0.495, most: 0.505 } as const;
/** Of the window: less, and something else ran there; more, and they were not on one CPU. */
const BOTH_RAN = { least: 0.95, most: 1.005 } as const;
/**
 * How late a grace may end in virtual time: 109 us were measured. Its timer waits for the turn of the other CPU, which is 100 us long at most, and even without
 * a meddler that CPU does something now and then. By any other clock the machine may be elsewhere, for a tick.
 */
const LATE_US = { alone: 150, meddled: 200 } as const;
/** Share of the turns by which extra schedules may outnumber them: a vCPU that is chosen again at the end of a grace has a new turn, and schedstat counts none. Up to 0.4 % more were measured on 7.2. */
const CHOSEN_AGAIN = 0.01;

function parameterCheck(console: HostileConsole, name: string, want: number): Check {
  const value = console.parameters[name];
  return { name: `kvm.${name} is the policy's`, ok: value === String(want), detail: value === undefined ? 'parameter is missing' : `${value}, policy ${want}` };
}

function testCheck(console: HostileConsole, of: string, name: string): Check {
  const seen = console.tests[name] ?? {};
  const said = (phase: string): string => (seen[phase] === undefined ? 'missing' : seen[phase] ? 'ok' : 'failed');
  return { name: `${of}${name}`, ok: PHASES.every((phase) => seen[phase] === true), detail: PHASES.map((phase) => `${phase} ${said(phase)}`).join(', ') };
}

/** Who ran how long. Equal shares mean nothing unless both were on the one CPU all the time. */
function fairness(title: string, greedy: Measured, honest: Measured, seconds: number): readonly Check[] {
  const ran = greedy.run_us + honest.run_us;
  const shares = [greedy.run_us / ran, honest.run_us / ran] as const;
  const ofWindow = ran / (seconds * 1_000_000);
  return [
    {
      name: `${title}: each VM has half of the CPU`,
      ok: shares.every((share) => share >= FAIR_SHARE.least && share <= FAIR_SHARE.most),
      detail: `greedy ${shares[0].toFixed(4)} (${greedy.run_us} us), honest ${shares[1].toFixed(4)} (${honest.run_us} us)`,
    },
    { name: `${title}: the two had one CPU to themselves`, ok: ofWindow >= BOTH_RAN.least && ofWindow <= BOTH_RAN.most, detail: `they ran ${(ofWindow * 100).toFixed(2)} % of ${seconds} s` },
  ];
}

/**
 * How much the greedy VM was given, and that it was given something: a host that ignores it is fair as well. At the end of a grace the scheduler
 * may choose the same vCPU again, if it ran less than the other. KVM's extra_ns ends when the vCPU leaves, a tick later at most.
 */
function grants(title: string, greedy: Measured, plan: HostilePlan): readonly Check[] {
  const most = Math.floor(plan.extraSchedules * greedy.turns * (1 + CHOSEN_AGAIN));
  const each = greedy.extra_ns / greedy.grants;
  const mostNs = plan.graceNs + greedy.tick_us * 1000;
  return [
    { name: `${title}: extra schedules are given`, ok: greedy.grants > 0, detail: `${greedy.grants}, ${greedy.refused} refused` },
    { name: `${title}: at most ${plan.extraSchedules} at the end of a turn`, ok: greedy.grants <= most, detail: `${greedy.grants} in ${greedy.turns} turns` },
    { name: `${title}: a grace and a tick later the vCPU has left`, ok: each <= mostNs, detail: greedy.grants === 0 ? 'there was none' : `after ${Math.round(each)} ns on average, ${mostNs} ns at most` },
  ];
}

/** That the kind it claims is counted, and no other. What it is granted for it is seen above. */
function counted(title: string, greedy: Measured, kind: EcsKind, uncounted: boolean): Check {
  const counts = ECS_KINDS.map((of) => [of, greedy[`unavoided_${of}`]] as const);
  return {
    name: `${title}: preemptions in sections are counted as ${kind}`,
    ok: counts.every(([of, count]) => (of === kind ? uncounted || count > 0 : count === 0)),
    detail: counts.map(([of, count]) => `${of} ${count}`).join(', '),
  };
}

/** That graces end. An event that was lost would hide one. */
function traced(title: string, greedy: Measured, graces: Share['graces'], graceNs: number, lateUs: number): Check {
  const mostUs = graceNs / 1000 + lateUs;
  const name = `${title}: every grace ends in time`;
  if (graces === undefined) return { name, ok: false, detail: 'no trace' };
  return { name, ok: graces.count >= greedy.grants && graces.longest_us <= mostUs, detail: `${graces.count} traced of ${greedy.grants}, the longest ${graces.longest_us} us, ${mostUs} us at most` };
}

function shareChecks(share: Share, phase: string, mode: ModeName, plan: HostilePlan, clock: HostClock): readonly Check[] {
  const title = `${phase}, ${mode}`;
  const { greedy, honest, graces } = share;
  const { claims, kind, untraced, uncounted = false, meddled, grow = [] }: Mode = MODES[mode];
  const ran: Check = { name: `${title}: both VMs ran`, ok: greedy !== undefined && honest !== undefined, detail: greedy === undefined || honest === undefined ? 'measurements are missing' : `the greedy one claims ${claims}` };
  if (greedy === undefined || honest === undefined) return [ran];
  const lateUs = clock === 'virtual' ? LATE_US[meddled === true ? 'meddled' : 'alone'] : greedy.tick_us;
  return [
    ran,
    ...fairness(title, greedy, honest, plan.seconds),
    ...(phase === 'off' ? [{ name: `${title}: no extra schedule`, ok: greedy.grants === 0, detail: String(greedy.grants) }] : grants(title, greedy, plan)),
    ...(phase === 'off' || untraced === true ? [] : [traced(title, greedy, graces, plan.graceNs, lateUs)]),
    ...(phase === 'off' || kind === undefined ? [] : [counted(title, greedy, kind, uncounted)]),
    { name: `${title}: none for the honest VM`, ok: honest.grants === 0, detail: String(honest.grants) },
    ...grow.map((name): Check => ({ name: `${title}: ${name} grows`, ok: greedy[name] > 0, detail: String(greedy[name]) })),
  ];
}

function cleanup({ vmsLeft, moduleEvents }: HostileConsole): readonly Check[] {
  return [
    { name: 'no VM is left in debugfs', ok: vmsLeft.length === 2 && vmsLeft.every((count) => count === 0), detail: vmsLeft.length === 0 ? 'never counted' : vmsLeft.join(', ') },
    { name: 'KVM can be unloaded and loaded again', ok: moduleEvents.join(' ') === 'unloaded loaded', detail: moduleEvents.length === 0 ? 'neither' : moduleEvents.join(', ') },
  ];
}

/** Everything a run must show. `verdict` is that of its console. Pure: the same console gives the same checks. */
export function hostileChecks(console: HostileConsole, verdict: Verdict, plan: HostilePlan, clock: HostClock): readonly Check[] {
  return [
    splatCheck('no splat in the host', verdict),
    parameterCheck(console, 'ecs_extra_schedules', plan.extraSchedules),
    parameterCheck(console, 'ecs_grace_ns', plan.graceNs),
    ...MSR_TESTS.map((name) => testCheck(console, 'MSR: ', name)),
    ...SELFTESTS.map((name) => testCheck(console, '', name)),
    ...SHARES.flatMap(([phase, mode]) => shareChecks(console.shares[phase]?.[mode] ?? {}, phase, mode, plan, clock)),
    ...cleanup(console),
    ownVerdictCheck(console),
  ];
}
