// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { scopesOf, toLines } from '../src/locate.ts';
import { nearestLines, nearestNames } from '../src/nearest.ts';

/** `name start-end` of each definition. */
const scopes = (text: string): readonly string[] => scopesOf(toLines(text)).map(({ name, start, end }) => `${name} ${start}-${end}`);

describe('scopesOf', () => {
  it('finds functions whose head spans lines or carries attributes', () => {
    expect(scopes('int __sched yield_to(struct task_struct *p, bool preempt)\n{\n\treturn 0;\n}\nEXPORT_SYMBOL_GPL(yield_to);\n')).toEqual(['yield_to 1-4']);
    expect(scopes('static struct sched_entity *\npick_next_entity(struct rq *rq,\n\t\t struct cfs_rq *cfs_rq)\n{\n}\n')).toEqual(['pick_next_entity 1-5']);
    expect(scopes('static void lock(struct rq *rq)\n\t__acquires(rq->lock)\n{\n}\n')).toEqual(['lock 1-4']);
    expect(scopes('__printf(1, 2) void complain(const char *fmt, ...)\n{\n}\n')).toEqual(['complain 1-3']);
  });

  it('leaves comments, declarations and macros above out of the head', () => {
    const text = 'void other(void);\n/* Says\n * hello(). */\n#define TWICE(x) \\\n{ \\\n}\n#ifdef CONFIG_X\nvoid hello(int a, /* why */\n\t   int b)\n{\n}\n#endif\n';
    expect(scopes(text)).toEqual(['hello 8-11']);
  });

  it('keeps both definitions of a name, one-liners among them', () => {
    const text = '#ifdef CONFIG_SMP\nstatic void f(struct rq *rq)\n{\n\tif (x) {\n\t}\n}\n#else\nstatic inline void\nf(struct rq *rq) { }\n#endif\n';
    expect(scopes(text)).toEqual(['f 2-6', 'f 8-9']);
  });

  it('finds structs, enums, initialisers and system calls', () => {
    expect(scopes('struct kvm_vcpu {\n\tstruct {\n\t\tint a;\n\t} spin_loop;\n};\n')).toEqual(['struct kvm_vcpu 1-5']);
    expect(scopes('struct kvm_vcpu_stat {\n\tu64 exits;\n} ____cacheline_aligned;\nenum mode\n{\n\tA,\n};\n')).toEqual(['struct kvm_vcpu_stat 1-3', 'enum mode 4-7']);
    expect(scopes('static struct kvm_x86_ops svm_x86_ops __initdata = {\n\t.name = 1,\n};\n')).toEqual(['svm_x86_ops 1-3']);
    expect(scopes('static const char *const names[] = {\n};\nstatic int (*const handlers[])(struct kvm_vcpu *vcpu) = {\n};\n')).toEqual(['names 1-2', 'handlers 3-4']);
    expect(scopes('SYSCALL_DEFINE1(nice, int, increment)\n{\n}\n')).toEqual(['nice 1-3']);
  });
});

describe('nearest', () => {
  it('puts names that contain the wanted one first', () => {
    expect(nearestNames('yield_to', ['vcpu', 'field_no', 'yield_to_task', 'schedule'], 2)).toEqual(['field_no', 'yield_to_task']);
    expect(nearestNames('kvm_vcpu_on_spin', ['kvm_vcpu_yield', '__kvm_vcpu_on_spin', 'kvm_cpu_up_prep'])[0]).toBe('__kvm_vcpu_on_spin');
  });

  it('points at the line in which a block differs', () => {
    const lines = ['{', '\tint a;', '\tspin_lock(&x);', '\tgo(a, b);', '\tspin_unlock(&x);', '}'];
    expect(nearestLines(['\tspin_lock(&x);', '\tgo(a);'], lines, 1, 6)[0]).toEqual({ line: 4, text: 'go(a, b);' });
    expect(nearestLines(['\tnothing of the kind here'], lines, 1, 6)).toEqual([]);
  });
});
