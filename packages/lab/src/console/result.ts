// SPDX-License-Identifier: MIT
import type { HostFacts } from '../boot/host.ts';
import type { HostConsole } from './host.ts';
import { isSplat, type Verdict, type VerdictKind } from './verdict.ts';

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** One boot of a host, judged. */
export interface BootResult extends HostFacts {
  readonly verdict: VerdictKind;
  /** What decided it: a console line, a check, or how QEMU ended. */
  readonly evidence: string;
  readonly checks: readonly Check[];
  /** Name of the tree the kernel was built from, e.g. "6.12". */
  readonly tree: string;
  /** `uname -r` of the kernel that ran as host, or '' if it never said. */
  readonly kernel: string;
  /** Lab-only changes the host kernel had in effect; a report must name them. */
  readonly labPatches: readonly string[];
  /** Wall time of the whole run. */
  readonly seconds: number;
}

export const splatCheck = (name: string, verdict: Verdict): Check => {
  const splat = isSplat(verdict.kind);
  return { name, ok: !splat, detail: splat ? verdict.evidence : 'none' };
};

export const ownVerdictCheck = (console: HostConsole): Check => ({ name: "host's own verdict", ok: console.verdict === 'pass', detail: console.failures[0] ?? console.verdict ?? 'none printed' });

/** The host's init cannot know what its policy promises: its pass is only as good as the checks. */
export function judgeChecks(verdict: Verdict, checks: readonly Check[]): Pick<BootResult, 'verdict' | 'evidence' | 'checks'> {
  const broken = checks.find((check) => !check.ok);
  if (verdict.kind === 'pass' && broken !== undefined) return { verdict: 'fail', evidence: `${broken.name}: ${broken.detail}`, checks };
  return { verdict: verdict.kind, evidence: verdict.evidence, checks };
}
