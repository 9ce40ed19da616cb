// SPDX-License-Identifier: MIT
import { DEFAULT_LOAD, type NestLoad } from '../boot/nest.ts';
import { ownVerdictCheck, splatCheck, type Check } from '../console/result.ts';
import type { Verdict } from '../console/verdict.ts';
import { ECS_KINDS } from '../ecs-kinds.ts';
import type { SmokeConsole } from './parse.ts';

interface MechanismUnderTest {
  /** Of its counters. */
  readonly prefix: string;
  /** How the path of its switch ends. */
  readonly switchFile: string;
  /** Counters of what it is for: one of them must grow while it is on. */
  readonly effects: readonly string[];
  /** What it takes for guests to have their part of it. */
  readonly guests?: { readonly cpuFlags: string; readonly append: string };
}

/** Host mechanisms the kernel under test has; their counters must stay still while off and move while on. */
export const SMOKE_MECHANISMS = {
  debooster: { prefix: 'deboost.', switchFile: 'yield_deboost/enabled', effects: ['deboost.applied'] },
  /** A guest has no use for the feature bit unless QEMU, which does not know it, lets it pass. */
  ecs: { prefix: 'kvm.ecs_', switchFile: 'parameters/ecs', effects: ECS_KINDS.map((kind) => `kvm.ecs_avoided_${kind}`), guests: { cpuFlags: ',migratable=no', append: 'kvm_ecs=on' } },
  strictBoost: { prefix: 'kvm.strict_boost_', switchFile: 'strict_boost', effects: ['kvm.strict_boost_user_receiver', 'kvm.strict_boost_halted_receiver', 'kvm.strict_boost_halted_refused'] },
} as const satisfies Readonly<Record<string, MechanismUnderTest>>;

export type SmokeMechanism = keyof typeof SMOKE_MECHANISMS;

/** What the guests of a kernel with these mechanisms need, in the order of the table. */
export function guestNeeds(mechanisms: readonly SmokeMechanism[]): Pick<NestLoad, 'guestCpuFlags' | 'guestAppend'> {
  const needs = mechanisms.map((m): MechanismUnderTest => SMOKE_MECHANISMS[m]).flatMap(({ guests }) => guests ?? []);
  return { guestCpuFlags: needs.map((n) => n.cpuFlags).join(''), guestAppend: needs.map((n) => n.append).join(' ') };
}

const GUESTS = ['a', 'b'] as const;

function positive(console: SmokeConsole, phase: string, counter: string): Check {
  const value = console.counters[phase]?.[counter];
  return { name: `${phase}: ${counter} grows`, ok: value !== undefined && value > 0, detail: value === undefined ? 'counter is missing' : String(value) };
}

/** PAUSE loops: counted by the software filter where that is in use, else told only by the yields they lead to. */
function pauseExits(console: SmokeConsole, phase: string): readonly Check[] {
  const software = console.labPatches.length > 0;
  return [
    ...(software ? [positive(console, phase, 'lab.pause_exits'), positive(console, phase, 'lab.pause_loops')] : []),
    positive(console, phase, 'sched.yields'),
  ];
}

function mechanismChecks(console: SmokeConsole, mechanism: SmokeMechanism, phases: NestLoad['phases']): readonly Check[] {
  const { prefix, switchFile, effects } = SMOKE_MECHANISMS[mechanism];
  return phases.flatMap((phase) => {
    const want = phase === 'on' ? 'Y' : 'N';
    const file = Object.entries(console.switches[phase] ?? {}).find(([name]) => name.endsWith(switchFile));
    const counters = Object.entries(console.counters[phase] ?? {}).filter(([name]) => name.startsWith(prefix));
    // Refusals and bookkeeping alone are no effect: one of the decisions the mechanism is for must have been taken.
    const moves = phase === 'on' ? effects.some((name) => (console.counters[phase]?.[name] ?? 0) > 0) : counters.every(([, value]) => value === 0);
    return [
      { name: `${phase}: ${mechanism} is switched ${phase}`, ok: file?.[1] === want, detail: file === undefined ? 'switch is missing' : `${file[0]} reads ${file[1]}` },
      {
        name: `${phase}: ${mechanism} counters ${phase === 'on' ? 'grow' : 'stand still'}`,
        ok: counters.length > 0 && moves,
        detail: counters.length === 0 ? 'counters are missing' : counters.map(([name, value]) => `${name} ${value}`).join(', '),
      },
    ];
  });
}

/** What a guest that is put under stress says it went through. */
function stressChecks(console: SmokeConsole, phase: string, mechanisms: readonly SmokeMechanism[], { boots, hotplug }: NestLoad): readonly Check[] {
  return GUESTS.flatMap((guest) => {
    const said = console.guests[phase]?.[guest] ?? '';
    const number = (name: string): number => Number(new RegExp(`\\b${name} (\\d+)`).exec(said)?.[1] ?? 0);
    const check = (what: string, name: string, least: number): Check => ({ name: `${phase}: guest ${guest} ${what}`, ok: number(name) >= least, detail: `${name} ${number(name)}, at least ${least}` });
    return [
      ...(boots > 1 ? [check('booted again', 'boots', boots)] : []),
      ...(hotplug ? [check('lost and regained a vCPU', 'hotplug', 1)] : []),
      ...(hotplug && mechanisms.includes('ecs') ? [check('checked its counts', 'ecs_checks', 1)] : []),
    ];
  });
}

/** Everything a run must show. `verdict` is that of its console. Pure: the same console gives the same checks. */
export function smokeChecks(console: SmokeConsole, verdict: Verdict, mechanisms: readonly SmokeMechanism[], load: NestLoad = DEFAULT_LOAD): readonly Check[] {
  return [
    splatCheck('no splat in host or guests', verdict),
    // At most two in a phase, or the host gives up; never silent about it.
    { name: 'guests boot', ok: !console.failures.some((why) => why.includes('is gone')), detail: console.restarts.length === 0 ? 'at the first attempt' : `repeated: ${console.restarts.join('; ')}` },
    ...load.phases.flatMap((phase) => [
      ...GUESTS.map((guest) => {
        const done = console.guests[phase]?.[guest];
        return { name: `${phase}: guest ${guest} finished its load`, ok: done !== undefined, detail: done ?? 'no success marker' };
      }),
      ...pauseExits(console, phase),
      ...stressChecks(console, phase, mechanisms, load),
    ]),
    ...mechanisms.flatMap((mechanism) => mechanismChecks(console, mechanism, load.phases)),
    ownVerdictCheck(console),
  ];
}
