// SPDX-License-Identifier: MIT
import { isMakefile, type TouchedFile } from '../series.ts';

export interface TreeView {
  /** Whether a Makefile names the object of this .c file by itself (some are only #included by others). */
  readonly hasObject: (cFile: string) => boolean;
  readonly hasDir: (dir: string) => boolean;
}

/** Headers whose users live in a known folder. Anything else: the folder of the header itself, unless it holds headers only. */
const HEADER_USERS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^include\/(?:uapi\/)?linux\/kvm|^arch\/x86\/include\/(?:uapi\/)?asm\/kvm/, ['arch/x86/kvm/']],
  [/^arch\/x86\/kvm\//, ['arch/x86/kvm/']],
  [/^virt\/kvm\//, ['arch/x86/kvm/']],
  [/^(?:include|arch\/x86\/include)\/(?:.*\/)?(?:q?spinlock|paravirt)[^/]*\.h$/, ['kernel/locking/', 'arch/x86/kernel/kvm.o', 'arch/x86/kernel/paravirt.o']],
  [/^include\/linux\/sched/, ['kernel/sched/']],
];

const HEADERS_ONLY = /(?:^|\/)include\//;

const dirOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);

/** Nearest folder that kbuild can build on its own. arch/x86/kvm/{svm,vmx,mmu} and virt/kvm are built from arch/x86/kvm. */
const buildableDir = (dir: string): string => (/^(?:arch\/x86\/kvm\/|virt\/kvm\/)/.test(dir) ? 'arch/x86/kvm/' : dir);

/** What make must build to compile everything that a patch's files go into. Sorted; no object within a named folder. */
export function buildTargets(files: readonly TouchedFile[], tree: TreeView): readonly string[] {
  const targets = new Set<string>();
  for (const { path, removed, objects } of files) {
    if (path.endsWith('.c') && !removed) {
      targets.add(tree.hasObject(path) ? path.replace(/\.c$/, '.o') : buildableDir(dirOf(path)));
    } else if (path.endsWith('.S') && !removed) {
      targets.add(path.replace(/\.S$/, '.o'));
    } else if (path.endsWith('.h')) {
      const users = HEADER_USERS.find(([pattern]) => pattern.test(path))?.[1] ?? [dirOf(path)];
      for (const user of users) {
        if (!user.endsWith('/') || (tree.hasDir(user) && !HEADERS_ONLY.test(user))) targets.add(user);
      }
    } else if (isMakefile(path) && dirOf(path) !== '') {
      const dir = dirOf(path);
      // Objects of KVM's folders become parts of modules; their sources are targets of their own.
      const alone = objects !== undefined && buildableDir(dir) === dir && dir !== 'arch/x86/kvm/';
      for (const target of alone ? objects.map((o) => `${dir}${o}`) : [buildableDir(dir)]) targets.add(target);
    }
  }
  const all = [...targets].sort();
  return all.filter((target) => !all.some((dir) => dir !== target && dir.endsWith('/') && target.startsWith(dir)));
}

/** Whether the Makefile text of a folder names an object, e.g. `svm/svm.o` in arch/x86/kvm/Makefile. */
export function makefileNames(makefile: string, object: string): boolean {
  return new RegExp(`(?:^|[\\s/)])${object.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?:\\s|$)`, 'm').test(makefile);
}
