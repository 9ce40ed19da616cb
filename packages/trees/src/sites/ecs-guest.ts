// SPDX-License-Identifier: MIT
import type { SiteSpec } from '../facts.ts';

const KVM_C = 'arch/x86/kernel/kvm.c';
const SPINLOCK_H = 'include/linux/spinlock.h';
const RWLOCK_H = 'include/linux/rwlock.h';
const DEBUG_C = 'kernel/locking/spinlock_debug.c';
const MUTEX_C = 'kernel/locking/mutex.c';
const RWSEM_C = 'kernel/locking/rwsem.c';
const RWSEM_H = 'include/linux/rwsem.h';
const BPF_H = 'kernel/bpf/mmap_unlock_work.h';
const RCU_H = 'include/linux/rcupdate.h';
const RCU_TREE_H = 'kernel/rcu/tree_plugin.h';
const HARDIRQ_H = 'include/linux/hardirq.h';
const SOFTIRQ_C = 'kernel/softirq.c';
const PARAMETERS = 'Documentation/admin-guide/kernel-parameters.txt';

type Anchors = SiteSpec['anchors'];

const spelled = (id: string, file: string, within: string | null, anchors: Anchors, when?: string): SiteSpec => ({
  id: `ecsGuest.${id}`,
  files: [file],
  within,
  anchors,
  ...(when === undefined ? {} : { when }),
});
const site = (id: string, file: string, within: string | null, lines: readonly string[], when?: string): SiteSpec =>
  spelled(id, file, within, [{ variant: 'default', lines }], when);

/** Annotations for sparse, by the name of the macros: those for readers are their own in some trees. */
const sharing = (id: string, lines: (suffix: string) => readonly string[]): SiteSpec =>
  spelled(id, RWLOCK_H, null, [
    { variant: 'plain', lines: lines('') },
    { variant: 'shared', lines: lines('_shared') },
  ]);

/** A macro in some trees, an inline function in others. */
const rwTrylock = (kind: 'read' | 'write'): SiteSpec =>
  spelled(`${kind}Trylock`, RWLOCK_H, null, [
    { variant: 'macro', lines: [`# define do_raw_${kind}_trylock(rwlock)\tarch_${kind}_trylock(&(rwlock)->raw_lock)`] },
    { variant: 'inline', lines: [`\treturn arch_${kind}_trylock(&(rwlock)->raw_lock);`] },
  ]);

const registration: readonly SiteSpec[] = [
  site('kconfig', 'arch/x86/Kconfig', null, ['config ARCH_CPUIDLE_HALTPOLL']),
  site('makefile', 'arch/x86/kernel/Makefile', null, ['obj-$(CONFIG_KVM_GUEST)\t\t+= kvm.o kvmclock.o']),
  spelled('parameters', PARAMETERS, null, [
    { variant: 'disable', lines: ["\tkvm-intel.ept=\t[KVM,Intel] Disable extended page tables"] },
    { variant: 'control', lines: ["\tkvm-intel.ept=\t[KVM,Intel] Control KVM's use of Extended Page Tables,"] },
  ]),
  spelled('cpuFeature', 'arch/x86/include/asm/cpufeatures.h', null, [
    { variant: 'bare', lines: ['#define X86_FEATURE_TDX_GUEST\t\t( 8*32+22) /* Intel Trust Domain Extensions Guest */'] },
    { variant: 'named', lines: ['#define X86_FEATURE_TDX_GUEST\t\t( 8*32+22) /* "tdx_guest" Intel Trust Domain Extensions Guest */'] },
  ]),
  site('kvmIncludes', KVM_C, null, ['#include <asm/cpuidle_haltpoll.h>']),
  site('kvmCpuInit', KVM_C, 'kvm_guest_cpu_init', ['\tif (has_steal_clock)', '\t\tkvm_register_steal_time();']),
  site('kvmSevMap', KVM_C, 'sev_map_percpu_data', ['\t\t__set_percpu_decrypted(&per_cpu(kvm_apic_eoi, cpu), sizeof(kvm_apic_eoi));']),
  site('kvmCpuOffline', KVM_C, 'kvm_guest_cpu_offline', ['\tkvm_disable_steal_time();']),
  site('kvmGuestInit', KVM_C, 'kvm_guest_init', ['\tif (kvm_para_has_feature(KVM_FEATURE_PV_EOI))']),
  site('threadStruct', 'arch/x86/include/asm/processor.h', 'struct thread_struct', ['\tu32\t\t\tpkru;']),
  site('processIncludes', 'arch/x86/kernel/process.c', null, ['#include <asm/io_bitmap.h>']),
  site('copyThread', 'arch/x86/kernel/process.c', 'copy_thread', ['\tp->thread.iopl_warn = 0;']),
  site('oopsIncludes', 'arch/x86/kernel/dumpstack.c', null, ['#include <asm/cpu_entry_area.h>']),
  site('oopsEnd', 'arch/x86/kernel/dumpstack.c', 'oops_end', ['\trewind_stack_and_make_dead(signr);']),
  site('switchIncludes', 'arch/x86/kernel/process_64.c', null, ['#include <asm/switch_to.h>']),
  site('switchTo', 'arch/x86/kernel/process_64.c', '__switch_to', ['\tarch_end_context_switch(next_p);']),
  site('docsIndex', 'Documentation/virt/kvm/x86/index.rst', null, ['   cpuid']),
];

const spinlocks: readonly SiteSpec[] = [
  site('spinIncludes', SPINLOCK_H, null, ['#include <linux/preempt.h>']),
  site('spinLock', SPINLOCK_H, 'do_raw_spin_lock', ['\tmmiowb_spin_lock();']),
  site('spinTrylock', SPINLOCK_H, 'do_raw_spin_trylock', ['\tif (ret)', '\t\tmmiowb_spin_lock();']),
  site('spinUnlock', SPINLOCK_H, 'do_raw_spin_unlock', ['\tarch_spin_unlock(&lock->raw_lock);']),
  site('debugSpinLock', DEBUG_C, 'debug_spin_lock_after', ['\tWRITE_ONCE(lock->owner, current);']),
  site('debugSpinUnlock', DEBUG_C, 'do_raw_spin_unlock', ['\tarch_spin_unlock(&lock->raw_lock);']),
];

const rwlocks: readonly SiteSpec[] = [
  sharing('readLock', (s) => [`# define do_raw_read_lock(rwlock)\tdo {__acquire${s}(lock); arch_read_lock(&(rwlock)->raw_lock); } while (0)`]),
  rwTrylock('read'),
  sharing('readUnlock', (s) => [`# define do_raw_read_unlock(rwlock)\tdo {arch_read_unlock(&(rwlock)->raw_lock); __release${s}(lock); } while (0)`]),
  sharing('writeLock', (s) => [`# define do_raw_write_lock(rwlock)\tdo {__acquire${s}(lock); arch_write_lock(&(rwlock)->raw_lock); } while (0)`]),
  rwTrylock('write'),
  sharing('writeUnlock', (s) => [`# define do_raw_write_unlock(rwlock)\tdo {arch_write_unlock(&(rwlock)->raw_lock); __release${s}(lock); } while (0)`]),
  site('debugReadLock', DEBUG_C, 'do_raw_read_lock', ['\tarch_read_lock(&lock->raw_lock);']),
  site('debugReadTrylock', DEBUG_C, 'do_raw_read_trylock', ['\tint ret = arch_read_trylock(&lock->raw_lock);']),
  site('debugReadUnlock', DEBUG_C, 'do_raw_read_unlock', ['\tarch_read_unlock(&lock->raw_lock);']),
  site('debugWriteLock', DEBUG_C, 'debug_write_lock_after', ['\tWRITE_ONCE(lock->owner, current);']),
  site('debugWriteUnlock', DEBUG_C, 'do_raw_write_unlock', ['\tarch_write_unlock(&lock->raw_lock);']),
];

const sleepingLocks: readonly SiteSpec[] = [
  site('mutexIncludes', MUTEX_C, null, ['#include <linux/osq_lock.h>']),
  site('mutexTrylockFast', MUTEX_C, '__mutex_trylock_fast', ['\tif (atomic_long_try_cmpxchg_acquire(&lock->owner, &zero, curr))']),
  site('mutexTrylockCommon', MUTEX_C, '__mutex_trylock_common', ['\t\t\tif (task == curr)', '\t\t\t\treturn NULL;']),
  site('mutexUnlockFast', MUTEX_C, '__mutex_unlock_fast', ['\treturn atomic_long_try_cmpxchg_release(&lock->owner, &curr, 0UL);']),
  site('mutexUnlockSlow', MUTEX_C, '__mutex_unlock_slowpath', ['\t\tif (atomic_long_try_cmpxchg_release(&lock->owner, &owner, __owner_flags(owner))) {']),
  /** The slow path's other end: it either releases the mutex or hands it over. */
  site('mutexHandoff', MUTEX_C, '__mutex_handoff', ['\t\tif (atomic_long_try_cmpxchg_release(&lock->owner, &owner, new))', '\t\t\tbreak;', '\t}']),
  site('mutexSleep', MUTEX_C, '__mutex_lock_common', ['\t\tschedule_preempt_disabled();']),
  site('rwsemIncludes', RWSEM_C, null, ['#include <linux/atomic.h>']),
  /** Every acquisition for writing ends here. */
  site('rwsemSetOwner', RWSEM_C, 'rwsem_set_owner', ['\tatomic_long_set(&sem->owner, (long)current);']),
  site('upWrite', RWSEM_C, '__up_write', ['\ttmp = atomic_long_fetch_add_release(-RWSEM_WRITER_LOCKED, &sem->count);']),
  /** Readers that take the lock, at once or on the slow path, and writers that downgrade. */
  site('rwsemSetReaderOwned', RWSEM_C, 'rwsem_set_reader_owned', ['\t__rwsem_set_reader_owned(sem, current);']),
  /** Readers that others gave it to. */
  site('downReadGranted', RWSEM_C, 'rwsem_down_read_slowpath', ['\tlockevent_inc(rwsem_rlock);']),
  site('upRead', RWSEM_C, '__up_read', ['\ttmp = atomic_long_add_return_release(-RWSEM_READER_BIAS, &sem->count);']),
  site('downgrade', RWSEM_C, '__downgrade_write', ['\trwsem_set_reader_owned(sem);']),
  site('downReadNonOwner', RWSEM_C, 'down_read_non_owner', ['\t__down_read(sem);']),
  site('upReadNonOwner', RWSEM_C, 'up_read_non_owner', ['\t__up_read(sem);']),
  site('rwsemReaderSleep', RWSEM_C, 'rwsem_down_read_slowpath', ['\t\tschedule_preempt_disabled();']),
  spelled('rwsemWriterSleep', RWSEM_C, 'rwsem_down_write_slowpath', [
    { variant: 'schedule', lines: ['\t\tschedule();'] },
    { variant: 'schedule_preempt_disabled', lines: ['\t\tschedule_preempt_disabled();'] },
  ]),
  site('rwsemHeaderIncludes', RWSEM_H, null, ['#include <linux/list.h>']),
  site('nonOwnerMacros', RWSEM_H, null, ['# define down_read_non_owner(sem)\t\tdown_read(sem)', '# define up_read_non_owner(sem)\t\t\tup_read(sem)']),
  site('bpfIncludes', BPF_H, null, ['#include <linux/atomic.h>']),
  site('bpfHandoff', BPF_H, 'bpf_mmap_unlock_mm', ['\t\trwsem_release(&mm->mmap_lock.dep_map, _RET_IP_);']),
  site('singleTask', 'kernel/sched/core.c', null, ['EXPORT_SYMBOL(single_task_running);'], 'sched.delayedDequeue'),
  site('singleTaskHeader', 'include/linux/sched/stat.h', null, ['extern bool single_task_running(void);'], 'sched.delayedDequeue'),
];

const readersAndInterrupts: readonly SiteSpec[] = [
  site('rcuIncludes', RCU_H, null, ['#include <linux/context_tracking_irq.h>']),
  site('rcuLock', RCU_H, '__rcu_read_lock', ['\tpreempt_disable();']),
  site('rcuUnlock', RCU_H, '__rcu_read_unlock', ['\tpreempt_enable();']),
  site('rcuTreeIncludes', 'kernel/rcu/tree.c', null, ['#include <linux/context_tracking.h>']),
  site('rcuPreemptLock', RCU_TREE_H, '__rcu_read_lock', ['\trcu_preempt_read_enter();']),
  site('rcuPreemptUnlock', RCU_TREE_H, '__rcu_read_unlock', ['\tif (IS_ENABLED(CONFIG_PROVE_LOCKING)) {']),
  site('rcuExit', RCU_TREE_H, 'exit_rcu', ['\tif (unlikely(!list_empty(&current->rcu_node_entry))) {', '\t\trcu_preempt_depth_set(1);']),
  site('hardirqIncludes', HARDIRQ_H, null, ['#include <linux/context_tracking_state.h>']),
  site('hardirqEnter', HARDIRQ_H, null, ['#define __irq_enter_raw()\t\t\t\t\\', '\tdo {\t\t\t\t\t\t\\', '\t\tpreempt_count_add(HARDIRQ_OFFSET);\t\\']),
  site('hardirqExit', HARDIRQ_H, null, [
    '#define __irq_exit_raw()\t\t\t\t\\',
    '\tdo {\t\t\t\t\t\t\\',
    '\t\tlockdep_hardirq_exit();\t\t\t\\',
    '\t\tpreempt_count_sub(HARDIRQ_OFFSET);\t\\',
  ]),
  site('softirqIncludes', SOFTIRQ_C, null, ['#include <linux/rcupdate.h>']),
  site('irqExitRcu', SOFTIRQ_C, '__irq_exit_rcu', ['\tpreempt_count_sub(HARDIRQ_OFFSET);']),
  site('softirqBegin', SOFTIRQ_C, 'softirq_handle_begin', ['\t__local_bh_disable_ip(_RET_IP_, SOFTIRQ_OFFSET);']),
  site('softirqEnd', SOFTIRQ_C, 'softirq_handle_end', ['\t__local_bh_enable(SOFTIRQ_OFFSET);']),
];

const checks: readonly SiteSpec[] = [
  site('entryIncludes', 'arch/x86/include/asm/entry-common.h', null, ['#include <asm/io_bitmap.h>']),
  spelled('exitToUser', 'arch/x86/include/asm/entry-common.h', 'arch_exit_to_user_mode_prepare', [{ variant: 'default', lines: ['#ifdef CONFIG_COMPAT'] }]),
  site('idleIncludes', 'arch/x86/kernel/process.c', null, ['#include <asm/io_bitmap.h>']),
  site('idleEnter', 'arch/x86/kernel/process.c', 'arch_cpu_idle_enter', ['\ttsc_verify_tsc_adjust(false);']),
];

export const ecsGuestSites: readonly SiteSpec[] = [...registration, ...spinlocks, ...rwlocks, ...sleepingLocks, ...readersAndInterrupts, ...checks];
