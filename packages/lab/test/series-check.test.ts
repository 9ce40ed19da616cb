// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { parseCheckpatch } from '../src/series-check/checkpatch.ts';
import { selftestsOf } from '../src/series-check/selftests.ts';
import { sparseFilter } from '../src/series-check/strict.ts';
import { touchedFiles } from '../src/series.ts';
import { buildTargets, gateOf, makefileNames, type TreeView } from '../src/series-check/targets.ts';
import { sourcesTouched } from '../src/series-check/tree-targets.ts';
import { newWarnings, parseWarnings, readMore } from '../src/series-check/warnings.ts';

const tree: TreeView = { hasObject: (file) => !file.endsWith('/rt.c'), hasDir: () => true };
const touch = (...paths: string[]) => paths.map((path) => ({ path, added: false, removed: false }));

describe('touched files', () => {
  it('are read from a patch, new and removed ones told apart', () => {
    const patch = '--- /dev/null\n+++ b/kernel/a.c\n@@ -0,0 +1 @@\n+--- x\n--- a/kernel/b.c\n+++ b/kernel/b.c\n@@ -1 +1 @@\n--- a/kernel/c.c\t2026\n+++ /dev/null\n';
    expect(touchedFiles(patch)).toEqual([
      { path: 'kernel/a.c', added: true, removed: false },
      { path: 'kernel/b.c', added: false, removed: false },
      { path: 'kernel/c.c', added: false, removed: true },
    ]);
  });
});

describe('selftests', () => {
  const files = touch(...['x86/ecs_test.c', 'x86/kvm_pv_test.c', 'Makefile.kvm', '.gitignore', 'include/x86/processor.h'].map((name) => `tools/testing/selftests/kvm/${name}`));
  const gone = { path: 'tools/testing/selftests/kvm/x86/gone.c', added: false, removed: true };

  it('are the programs of the sources that are touched', () => {
    expect(selftestsOf([...files, gone, ...touch('tools/testing/selftests/sched/cs.c', 'arch/x86/kvm/x86.c')])).toEqual(['x86/ecs_test', 'x86/kvm_pv_test']);
  });

  it('are nothing that kbuild builds', () => {
    expect(buildTargets(files, tree, true)).toEqual([]);
    expect(sourcesTouched(files)).toEqual([]);
  });
});

describe('a Makefile', () => {
  const makefile = (...added: string[]) => touchedFiles(`--- a/arch/x86/kernel/Makefile\n+++ b/arch/x86/kernel/Makefile\n@@ -1,1 +1,2 @@\n obj-y += kvm.o\n${added.map((l) => `+${l}\n`).join('')}`);

  it('that names new objects has only these built', () => {
    expect(buildTargets(makefile('', 'obj-$(CONFIG_KVM_GUEST_ECS)\t+= kvm_ecs.o kvm_ecs_debug.o'), tree, false)).toEqual(['arch/x86/kernel/kvm_ecs.o', 'arch/x86/kernel/kvm_ecs_debug.o']);
  });

  it('that changes anything else has its folder built', () => {
    expect(buildTargets(makefile('obj-y += a.o', 'CFLAGS_a.o := -O1'), tree, false)).toEqual(['arch/x86/kernel/']);
    expect(buildTargets(makefile('obj-y += sub/'), tree, false)).toEqual(['arch/x86/kernel/']);
  });
});

describe('build targets', () => {
  it.each([
    [['kernel/sched/fair.c'], ['kernel/sched/fair.o']],
    [['kernel/sched/rt.c'], ['kernel/sched/']],
    [['kernel/sched/sched.h', 'kernel/sched/fair.c'], ['kernel/sched/fair.o']],
    [['kernel/sched/sched.h'], ['kernel/sched/']],
    [['kernel/locking/qspinlock_paravirt.h'], ['kernel/locking/qspinlock.o']],
    [['arch/x86/kvm/svm/svm.c', 'virt/kvm/kvm_main.c'], ['arch/x86/kvm/../../../virt/kvm/kvm_main.o', 'arch/x86/kvm/svm/svm.o']],
    [['arch/x86/kvm/svm/svm.h', 'virt/kvm/kvm_main.c'], ['arch/x86/kvm/../../../virt/kvm/kvm_main.o']],
    [['include/linux/kvm_host.h'], ['arch/x86/kvm/']],
    [['arch/x86/include/asm/processor.h', 'arch/x86/kernel/process.c'], ['arch/x86/kernel/process.o']],
    [['arch/x86/include/asm/kvm_host.h'], ['arch/x86/kvm/']],
    [['arch/x86/include/asm/spinlock.h'], ['arch/x86/kernel/kvm.o', 'arch/x86/kernel/paravirt.o', 'kernel/locking/']],
    [['arch/x86/kvm/Kconfig', 'Documentation/virt/kvm/x86/x.rst', 'MAINTAINERS'], []],
    [['arch/x86/kvm/Makefile'], ['arch/x86/kvm/']],
    [['Makefile'], []],
  ])('of %j are %j', (paths, targets) => {
    expect(buildTargets(touch(...paths), tree, false)).toEqual(targets);
  });

  it('are the users of touched headers too, where these are wanted', () => {
    expect(buildTargets(touch('kernel/sched/sched.h', 'kernel/sched/fair.c', 'arch/x86/kvm/svm/svm.c'), tree, true)).toEqual(['arch/x86/kvm/svm/svm.o', 'kernel/sched/']);
  });

  it('knows an object by its line in a Makefile', () => {
    const makefile = 'kvm-amd-y += svm/svm.o svm/vmenter.o\nobj-$(CONFIG_SMP) += stop_task.o\nobj-y += core.o\nobj-y += fair.o process_$(BITS).o\n';
    expect(['process_64.o', 'svm/svm.o', 'stop_task.o', 'core.o', 'fair.o', 'rt.o', 'air.o', 'task.o'].map((o) => makefileNames(makefile, o))).toEqual([true, true, true, true, true, false, false, false]);
  });
});

describe('the symbol an object depends on', () => {
  it('is that of its line in the Makefile', () => {
    const makefile = 'obj-y += mutex.o semaphore.o \\\n\trwsem.o\nobj-$(CONFIG_DEBUG_SPINLOCK) += spinlock.o\nobj-$(CONFIG_DEBUG_SPINLOCK) += spinlock_debug.o\nobj-$(CONFIG_SMP) += spinlock.o\nkvm-$(CONFIG_KVM_XEN) += xen.o\n';
    expect(['spinlock_debug.o', 'spinlock.o', 'rwsem.o', 'xen.o', 'none.o'].map((o) => gateOf(makefile, o))).toEqual(['DEBUG_SPINLOCK', undefined, undefined, undefined, undefined]);
  });
});

describe('what sparse reads', () => {
  it('is what is touched, and whole folders of which only headers are', () => {
    expect(sparseFilter(['arch/x86/kvm/', 'kernel/locking/', 'arch/x86/kernel/kvm.o'], ['arch/x86/kvm/lapic.c', 'virt/kvm/kvm_main.c', 'arch/x86/kernel/kvm.c'])).toEqual([
      '*arch/x86/kvm/lapic.c', '*virt/kvm/kvm_main.c', '*kernel/locking/*', '*arch/x86/kernel/kvm.[cS]',
    ]);
  });
});

describe('warnings', () => {
  const src = '/w/src';
  const parse = (text: string) => parseWarnings(text.split('\n'), src);

  it('are the same wherever the lines went', () => {
    const base = parse(`${src}/kernel/sched/fair.c:100:6: warning: symbol 'a' was not declared. Should it be static?\n../kernel/sched/fair.c:7:1: warning: context imbalance in 'b' - unexpected unlock`);
    const patched = parse(`${src}/kernel/sched/fair.c:140:6: warning: symbol 'a' was not declared. Should it be static?\nkernel/sched/fair.c:19:1: warning: context imbalance in 'b' - unexpected unlock`);
    expect(base).toHaveLength(2);
    expect(newWarnings(base, patched)).toEqual([]);
  });

  it('are new where there are more of them', () => {
    const one = 'a.c:1:1: warning: incorrect type in argument 1\n';
    const two = `${one}a.c:9:1: warning: incorrect type in argument 1\n`;
    expect(newWarnings(parse(one), parse(two)).map((w) => w.line)).toEqual(['a.c:9:1: warning: incorrect type in argument 1']);
    expect(newWarnings(parse(two), parse(one))).toEqual([]);
  });

  it("of a header count once, however often it is read", () => {
    const header = 'include/x.h:1:1: warning: unused\n';
    expect(newWarnings(parse(header), parse(header.repeat(3)))).toEqual([]);
    expect(newWarnings([], parse(header.repeat(3)))).toHaveLength(1);
  });

  it('of a header are kept where other readers make it say other things, those of a source read again replace the old', () => {
    const first = parse("include/linux/srcu.h:320:9: warning: context imbalance in 'vcpu_run'\na.c:1:1: warning: one\n");
    const second = parse("include/linux/srcu.h:320:9: warning: context imbalance in 'kvm_main'\na.c:1:1: warning: one\n");
    const both = readMore(first, second);
    expect(newWarnings(both, first)).toEqual([]);
    expect(newWarnings(both, second)).toEqual([]);
    expect(both.filter((w) => w.file === 'a.c')).toHaveLength(1);
  });

  it('are told from the text around them', () => {
    expect(parse('  CC      a.o\na.c:1:1:    expected struct x *\na.c: In function y:\n 12 | x\nmake: *** error: z')).toEqual([]);
    expect(parse('a.c:1:1: error: undefined identifier x')).toHaveLength(1);
  });
});

describe('checkpatch', () => {
  it('is read by its summary and complaints', () => {
    expect(parseCheckpatch(['/p/1.patch:12: WARNING:LONG_LINE: line length of 120 exceeds 100 columns', 'total: 0 errors, 1 warnings, 0 checks, 40 lines checked'], '/p/1.patch')).toEqual({
      summary: 'total: 0 errors, 1 warnings, 0 checks, 40 lines checked',
      complaints: ['line 12: WARNING:LONG_LINE: line length of 120 exceeds 100 columns'],
    });
    expect(parseCheckpatch(["Can't open perl script"], 'x').summary).toBeUndefined();
  });
});
