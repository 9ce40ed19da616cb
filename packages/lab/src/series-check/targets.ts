// SPDX-License-Identifier: MIT
import { isMakefile, type TouchedFile } from '../series.ts';

export interface TreeView {
  /** Whether a Makefile names the object of this .c file by itself (some are only #included by others). */
  readonly hasObject: (cFile: string) => boolean;
  readonly hasDir: (dir: string) => boolean;
}

/** Headers whose users live in a known place. Anything else: the folder of the header itself, unless it holds headers only. */
const HEADER_USERS: readonly (readonly [RegExp, readonly string[]])[] = [
  // The ABI of a feature is for who offers it and who has it.
  [/^arch\/x86\/include\/(?:uapi\/)?asm\/kvm_para/, ['arch/x86/kernel/kvm.o', 'arch/x86/kvm/cpuid.o', 'arch/x86/kvm/x86.o']],
  [/^include\/(?:uapi\/)?linux\/kvm|^arch\/x86\/include\/(?:uapi\/)?asm\/kvm/, ['arch/x86/kvm/']],
  [/^arch\/x86\/kvm\//, ['arch/x86/kvm/']],
  [/^virt\/kvm\//, ['arch/x86/kvm/']],
  [/^kernel\/rcu\/tree_plugin/, ['kernel/rcu/tree.o']],
  [/^kernel\/locking\/qspinlock/, ['kernel/locking/qspinlock.o']],
  [/^(?:include|arch\/x86\/include)\/(?:.*\/)?(?:q?spinlock|paravirt)[^/]*\.h$/, ['kernel/locking/', 'arch/x86/kernel/kvm.o', 'arch/x86/kernel/paravirt.o']],
  [/^include\/linux\/sched/, ['kernel/sched/']],
];

const HEADERS_ONLY = /(?:^|\/)include\//;

/** Programs of user space have Makefiles of their own. */
export const isOfKernel = (path: string): boolean => !path.startsWith('tools/');

const dirOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);

/** Nearest folder that kbuild can build on its own. arch/x86/kvm/{svm,vmx,mmu} and virt/kvm are built from arch/x86/kvm. */
const buildableDir = (dir: string): string => (/^(?:arch\/x86\/kvm\/|virt\/kvm\/)/.test(dir) ? 'arch/x86/kvm/' : dir);

/** Where the sources lie of what a target builds. */
export const sourcesOf = (target: string): readonly string[] => (target === 'arch/x86/kvm/' ? ['arch/x86/kvm/', 'virt/kvm/'] : [target]);

/** Kbuild finds an object by the name its Makefile has for it, and that of arch/x86/kvm goes up to virt/kvm. */
const objectOf = (path: string): string => path.replace(/^virt\/kvm\//, 'arch/x86/kvm/../../../virt/kvm/').replace(/\.[cS]$/, '.o');

/**
 * What make must build to compile what a patch changes: its sources, and where it touches headers alone, whoever may include
 * them. With `headerUsers`, these are built in any case. Sorted; no object within a named folder.
 */
export function buildTargets(touched: readonly TouchedFile[], tree: TreeView, headerUsers: boolean): readonly string[] {
  const files = touched.filter(({ path }) => isOfKernel(path));
  const sources = files.filter(({ path, removed }) => /\.[cS]$/.test(path) && !removed).map(({ path }) => path);
  const own = new Set(sources.map((path) => (path.endsWith('.S') || tree.hasObject(path) ? objectOf(path) : buildableDir(dirOf(path)))));
  const users = new Set<string>();
  for (const { path, objects, added } of files) {
    // Who includes a new header is new itself or touched.
    if (path.endsWith('.h') && added) continue;
    if (path.endsWith('.h')) {
      for (const user of HEADER_USERS.find(([pattern]) => pattern.test(path))?.[1] ?? [dirOf(path)]) {
        if (!user.endsWith('/') || (tree.hasDir(user) && !HEADERS_ONLY.test(user))) users.add(user);
      }
    } else if (isMakefile(path) && dirOf(path) !== '') {
      const dir = dirOf(path);
      for (const target of objects?.map((o) => `${dir}${o}`) ?? [buildableDir(dir)]) own.add(target);
    }
  }
  const read = (user: string): boolean => sources.some((path) => sourcesOf(user).some((dir) => path.startsWith(dir)));
  const all = [...own, ...[...users].filter((user) => headerUsers || !user.endsWith('/') || !read(user))];
  return [...new Set(all)].sort().filter((target) => !all.some((dir) => dir !== target && dir.endsWith('/') && target.startsWith(dir)));
}

/** Whether the Makefile text of a folder names an object, e.g. `svm/svm.o` in arch/x86/kvm/Makefile. */
export function makefileNames(makefile: string, object: string): boolean {
  return new RegExp(`(?:^|[\\s/)])${object.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?:\\s|$)`, 'm').test(makefile.replaceAll('$(BITS)', '64'));
}

/** The Kconfig symbol without which kbuild leaves an object of this Makefile out, e.g. DEBUG_SPINLOCK. */
export function gateOf(makefile: string, object: string): string | undefined {
  const lines = makefile.replaceAll('\\\n', ' ').split('\n').filter((line) => makefileNames(line, object));
  const gates = lines.map((line) => /^\s*obj-\$\(CONFIG_(\w+)\)/.exec(line)?.[1]);
  return new Set(gates).size === 1 ? gates[0] : undefined;
}
