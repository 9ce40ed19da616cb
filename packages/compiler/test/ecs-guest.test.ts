// SPDX-License-Identifier: MIT
/** What a guest's series must hold whatever the policy: sections that begin also end, and the interface is the agreed one. */
import { parsePolicyValue, type Policy, type PolicyInput } from '@unspin/policy';
import { REFERENCE_TREES, loadFacts } from '@unspin/trees';
import { describe, expect, it } from 'vitest';
import { compile } from '../src/index.ts';
import { shippedTemplates } from './templates.ts';

const templates = shippedTemplates();
const KINDS = ['spinlock', 'rwlockRead', 'rwlockWrite', 'mutex', 'rwsemRead', 'rwsemWrite', 'rcu', 'hardirq', 'softirq'] as const;
const TREES = REFERENCE_TREES.map((t) => t.name);
/** The annotation may touch this many lines; the paper's took 60. */
const BUDGET = 80;

interface Patch {
  readonly name: string;
  readonly text: string;
}

function series(tree: string, ecs: PolicyInput['ecs']): readonly Patch[] {
  const parsed = parsePolicyValue({ name: 'p', description: 'd', targets: ['kvm-guest'], trees: [tree], ecs });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.diagnostics));
  const policy: Policy = parsed.value;
  const facts = loadFacts(tree);
  if (!facts.ok) throw new Error(`facts of ${tree}`);
  const result = compile({ policy, policyFile: 'p.policy.ts', facts: facts.value, templates, toolVersion: 'test' });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.series.files.filter((f) => f.name.endsWith('.patch'));
}

const only = (...kinds: readonly (typeof KINDS)[number][]) => Object.fromEntries(KINDS.map((kind) => [kind, kinds.includes(kind)]));

/** Hunks by file, of files that exist without the series. */
function changes(patches: readonly Patch[]): ReadonlyMap<string, string> {
  const byFile = new Map<string, string>();
  for (const { text } of patches) {
    for (const diff of text.split(/^diff --git /m).slice(1)) {
      const path = / b\/(\S+)/.exec(diff)?.[1] ?? '';
      if (!diff.includes('new file mode')) byFile.set(path, (byFile.get(path) ?? '') + diff.slice(diff.indexOf('\n@@')));
    }
  }
  return byFile;
}

const added = (text: string): readonly string[] => text.split('\n').filter((l) => l.startsWith('+') && !l.startsWith('+++'));
const count = (lines: readonly string[], what: RegExp): number => lines.filter((l) => what.test(l)).length;
const annotation = (patches: readonly Patch[]): readonly Patch[] => patches.filter((p) => p.name.includes('Count-'));
const enters = (lines: readonly string[]): number => count(lines, /\bactivate_(non_)?preemptable_ecs/);
const leaves = (lines: readonly string[]): number => count(lines, /\bdeactivate_(non_)?preemptable_ecs/);
/** Calls that begin (`activate`) or end sections, by the lanes they count in; those that name none are in the lowest one. */
const lanes = (lines: readonly string[], call: 'activate' | 'deactivate'): readonly string[] => {
  const calls = lines.flatMap((line) => [...line.matchAll(new RegExp(`\\b${call}_((?:non_)?preemptable)_ecs(?:_lane|_if)?\\((ECS_\\w+)?`, 'g'))]);
  return [...new Set(calls.map(([, word, lane]) => `${word} ${lane ?? 'ECS_LOCK'}`))].sort();
};
/** What the host's statistics make of each kind. */
const LANES: Readonly<Record<(typeof KINDS)[number], readonly string[]>> = {
  spinlock: ['non_preemptable ECS_LOCK'],
  rwlockRead: ['non_preemptable ECS_READER'],
  rwlockWrite: ['non_preemptable ECS_LOCK'],
  mutex: ['preemptable ECS_LOCK'],
  rwsemRead: ['preemptable ECS_READER'],
  rwsemWrite: ['preemptable ECS_LOCK'],
  rcu: ['non_preemptable ECS_RCU', 'preemptable ECS_RCU'],
  hardirq: ['non_preemptable ECS_INTERRUPT'],
  softirq: ['non_preemptable ECS_INTERRUPT'],
};

describe.each(TREES)('eCS guest for %s', (tree) => {
  const all = series(tree, {});

  it.each(KINDS)('counts sections of %s where they begin and where they end', (kind) => {
    const lines = [...changes(annotation(series(tree, { sites: only(kind) }))).values()].flatMap(added);
    expect(enters(lines)).toBeGreaterThan(0);
    expect(leaves(lines)).toBeGreaterThan(0);
  });

  it.each(KINDS)('counts sections of %s in the lane that is theirs, from beginning to end', (kind) => {
    const lines = [...changes(annotation(series(tree, { sites: only(kind) }))).values()].flatMap(added);
    expect(lanes(lines, 'activate')).toEqual(LANES[kind]);
    expect(lanes(lines, 'deactivate')).toEqual(LANES[kind]);
  });

  it('has the lanes that the interface has', () => {
    const text = all.map((p) => p.text).join('\n');
    const shifts = (pattern: RegExp): Record<string, string> => Object.fromEntries([...text.matchAll(pattern)].map((m) => [m[1], m[2]]));
    const wanted = { LOCK: '0', READER: '8', RCU: '16', INTERRUPT: '24' };
    expect(shifts(/^\+#define KVM_ECS_LANE_(\w+)\s+(\d+)/gm)).toEqual(wanted);
    expect(shifts(/^\+\tECS_(LOCK|READER|RCU|INTERRUPT)\s+= (\d+),$/gm)).toEqual(wanted);
  });

  it('counts nothing where nothing is asked for', () => {
    expect(annotation(series(tree, { sites: only() }))).toEqual([]);
  });

  it('keeps to the budget of changed lines', () => {
    const lines = [...changes(annotation(all)).values()].flatMap(added);
    expect(lines.length).toBeLessThanOrEqual(BUDGET);
  });

  it('ends the section of a mutex after its release, on the fast path and at both ends of the slow one', () => {
    const mutex = changes(all).get('kernel/locking/mutex.c') ?? '';
    expect(mutex).toContain('\n+\treturn deactivate_preemptable_ecs_if(atomic_long_try_cmpxchg_release(');
    expect(mutex).toContain('\n \t\tif (atomic_long_try_cmpxchg_release(&lock->owner, &owner, __owner_flags(owner))) {\n+\t\t\tdeactivate_preemptable_ecs();\n');
    expect(mutex).toContain('\n \t\tif (atomic_long_try_cmpxchg_release(&lock->owner, &owner, new))\n \t\t\tbreak;\n \t}\n+\tdeactivate_preemptable_ecs();\n }\n');
  });

  it('counts holders of a semaphore from where they have it to after its release', () => {
    const rwsem = changes(all).get('kernel/locking/rwsem.c') ?? '';
    expect(rwsem).toContain('\n \tatomic_long_set(&sem->owner, (long)current);\n+\tactivate_preemptable_ecs();\n');
    expect(rwsem).toContain('\n \t__rwsem_set_reader_owned(sem, current);\n+\tactivate_preemptable_ecs_lane(ECS_READER);\n');
    expect(rwsem).toContain('\n+\tactivate_preemptable_ecs_lane(ECS_READER);\n \tlockevent_inc(rwsem_rlock);\n');
    expect(rwsem).toContain('\n \ttmp = atomic_long_add_return_release(-RWSEM_READER_BIAS, &sem->count);\n+\tdeactivate_preemptable_ecs_lane(ECS_READER);\n');
    expect(rwsem).toContain('\n \ttmp = atomic_long_fetch_add_release(-RWSEM_WRITER_LOCKED, &sem->count);\n+\tdeactivate_preemptable_ecs();\n');
  });

  it('keeps a downgraded semaphore balanced, whichever side counts', () => {
    const downgrade = (sites: Record<string, boolean>): [boolean, boolean] => {
      const hunks = changes(annotation(series(tree, { sites }))).get('kernel/locking/rwsem.c') ?? '';
      return [hunks.includes('\n \t__rwsem_set_reader_owned(sem, current);\n+\tactivate_preemptable_ecs_lane(ECS_READER);\n'), /-RWSEM_WRITER_LOCKED\+RWSEM_READER_BIAS, &sem->count\);\n \trwsem_set_reader_owned\(sem\);\n\+\tdeactivate_preemptable_ecs\(\);/.test(hunks)];
    };
    expect(downgrade(only('rwsemWrite'))).toEqual([false, true]);
    expect(downgrade(only('rwsemRead'))).toEqual([true, false]);
    expect(downgrade(only('rwsemRead', 'rwsemWrite'))).toEqual([true, true]);
  });

  it('annotates without preprocessor conditions, and tests no symbol that does not exist', () => {
    for (const hunks of changes(annotation(all)).values()) expect(count(added(hunks), /^\+\s*#\s*(if|ifdef|elif)\b/)).toBe(0);
    const text = all.map((p) => p.text).join('\n');
    const defined = new Set([...text.matchAll(/^\+config (\w+)$/gm)].map((m) => m[1]));
    const tested = [...text.matchAll(/^\+.*?(?:#ifdef|IS_ENABLED\(|defined\()\s*(\w*ECS\w*)/gm)].map((m) => m[1] ?? '').filter((name) => !/^_(ASM|LINUX)_/.test(name));
    expect(tested.length).toBeGreaterThan(0);
    for (const name of tested) expect(defined).toContain(name.replace(/^CONFIG_/, ''));
    for (const name of tested) expect(name).toMatch(/^CONFIG_/);
  });

  it('saves the number of sections of a task, not whether it has one', () => {
    const text = all.map((p) => p.text).join('\n');
    expect(text).toContain('+\tu32\t\t\tecs_count;');
    expect(text).toContain('+\tprev->ecs_count = __this_cpu_read(kvm_ecs.preemptable_ecs_count);');
    expect(text).toContain('+\tkvm_ecs_new_thread(&p->thread);');
    expect(text).toContain('+\tthread->ecs_count = 0;');
  });

  it('leaves the interface of others alone, and keeps no state of the host in memory of the guest', () => {
    const header = changes(all).get('arch/x86/include/uapi/asm/kvm_para.h') ?? '';
    expect(count(header.split('\n'), /^-(?!- )/)).toBe(0);
    expect(added(header).filter((l) => /^\+\t__u/.test(l)).map((l) => /__u\d+ (\w+)/.exec(l)?.[1])).toEqual([
      'version', 'flags', 'non_preemptable_ecs_count', 'preemptable_ecs_count', 'vcpu_preempted', 'pcpu_overcommitted', 'preempt_count_gpa', 'pad',
    ]);
  });

  it('adds no count for what the preemption count tells', () => {
    const patches = annotation(series(tree, { counting: 'preempt-count' }));
    const lines = [...changes(patches).values()].flatMap(added);
    expect(count(lines, /activate_non_preemptable_ecs/)).toBe(0);
    expect([...changes(patches).keys()].sort()).toEqual(
      ['include/linux/rwsem.h', 'kernel/bpf/mmap_unlock_work.h', 'kernel/locking/mutex.c', 'kernel/locking/rwsem.c', 'kernel/rcu/tree.c', 'kernel/rcu/tree_plugin.h'],
    );
  });
});
