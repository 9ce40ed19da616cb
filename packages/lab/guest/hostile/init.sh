#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: MIT
# Init of a host whose only guests are VMs that lie. Every line that unspin reads starts with "unspin: ".
# shellcheck disable=SC1091
. /host.sh
# shellcheck disable=SC2154 # $cpu, $modes and $seconds
. /hostile.conf

parameters=/sys/module/kvm/parameters
tracing=/sys/kernel/tracing

switch() { # on|off
	value=N
	[ "$1" = on ] && value=Y
	echo "$value" >$parameters/ecs
	read -r got <$parameters/ecs
	[ "$got" = "$value" ] || fail "kvm.ecs reads $got, not $value"
}

msr() { # phase
	ecs-vm "$1" msr || fail "$1: MSR"
}

# They load themselves into their VMs, by the name they are called by.
selftests() { # phase
	for program in /selftests/*; do
		[ -x "$program" ] || continue
		name=${program##*/}
		outcome=ok
		"$program" >/tmp/selftest 2>&1 || outcome=failed
		echo "unspin: test $1 $outcome selftest $name"
		[ $outcome = ok ] && continue
		cat /tmp/selftest
		fail "$1: selftest $name"
	done
}

# Of the CPU that is shared, with room for ten seconds.
start_tracing() {
	mount -t tracefs tracefs $tracing
	printf '%x' $((1 << cpu)) >$tracing/tracing_cpumask
	echo 8192 >$tracing/buffer_size_kb
}

trace() { # 0|1
	for event in kvm/kvm_ecs_boundary kvm/kvm_ecs_put sched/sched_switch; do
		echo "$1" >$tracing/events/$event/enable
	done
}

# A grace begins with an event that names how long until the host looks again, goes on with more of them, and ends with the
# next one of any other kind: the greedy VM's, as the honest one has none while the greedy one runs.
graces() { # phase mode
	awk -v share="$1 $2" '
		{
			for (i = 2; i <= NF && $i !~ /^(kvm_ecs_boundary|kvm_ecs_put|sched_switch):$/; i++)
				;
			if (i > NF)
				next
			now = $(i - 1) + 0
			lasts = $i == "kvm_ecs_boundary:" && $(i + 10) > 0
			if (begun && !lasts) {
				count++
				if (now - begun > longest)
					longest = now - begun
			}
			begun = lasts ? (begun ? begun : now) : 0
		}
		END { printf "unspin: graces %s count %d longest_us %.0f\n", share, count, longest * 1000000 }' $tracing/trace
}

share() { # phase mode
	echo "unspin: share $1 $2"
	echo >$tracing/trace
	trace 1
	ecs-vm "$1" share "$2" "$seconds" "$cpu" &
	# A host that says nothing is a host that hangs.
	while sleep 1 && kill -0 $! 2>/dev/null; do
		echo "unspin: waiting $1 $2"
	done
	wait $! || fail "$1: $2"
	trace 0
	graces "$1" "$2"
}

# A VM whose folder is left has not been freed, and holds the modules.
count_vms() {
	count=0
	for folder in /sys/kernel/debug/kvm/*/; do
		[ -d "$folder" ] && count=$((count + 1))
	done
	echo "unspin: vms $count"
	[ "$count" = 0 ] || fail "$count VMs are left"
}

reload_kvm() {
	rmmod "$vendor" && rmmod kvm || fail "rmmod"
	[ -e /sys/module/kvm ] || echo "unspin: kvm unloaded"
	load_kvm
	[ -e /sys/module/kvm ] && echo "unspin: kvm loaded"
}

start_host
# The CPU that is shared is for the two that share it.
taskset -p 1 $$ >/dev/null || fail "taskset"
start_tracing
load_kvm
say_lab_patches
[ -e $parameters/ecs ] || { fail "this kernel has no kvm.ecs"; finish; }
for name in ecs_extra_schedules ecs_grace_ns; do
	echo "unspin: parameter $name $(cat $parameters/$name)"
done

switch off
msr off
selftests off
share off non-preemptable
switch on
msr on
selftests on
for mode in $modes; do
	share on "$mode"
done
count_vms
# With kvm.ecs on, so that unloading has to let go of the scheduler.
reload_kvm
switch on
msr reloaded
selftests reloaded
share reloaded non-preemptable
count_vms
finish
