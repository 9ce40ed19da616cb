#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: MIT
# Init of the host in an experiment: modules, switches, and then the conductor, which runs the guests and says what it saw.
# Settings of the cell are in /cell.conf and /cell.plan, which are the last files of the initramfs.
/bin/busybox mkdir -p /proc /sys /dev /tmp
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t debugfs debugfs /sys/kernel/debug
export PATH=/bin
switches=
kvm=
kvm_amd=
kvm_intel=
# shellcheck disable=SC1091 # made for each cell
. /cell.conf

finish() {
	echo "unspin: verdict $1"
	# Setting a terminal waits until what was written has left; powering off does not.
	busybox stty -echo
	busybox sleep 0.3
	busybox poweroff -f
}

fail() {
	echo "unspin: failed $*"
	finish fail
}

# Each mechanism's switch, and what it reads when it is on. All are set, so that none is on by its default.
switch() { # name file
	want=N
	case " $switches " in *" $1 "*) want=Y ;; esac
	if [ ! -e "$2" ]; then
		[ "$want" = N ] && return
		fail "this kernel has no $1: $2 is missing"
	fi
	echo "$want" >"$2" || fail "$1 cannot be switched: $2"
	read -r got <"$2"
	[ "$got" = "$want" ] || fail "$1 reads $got after $want: $2"
	echo "unspin: switch $1 $got"
}

echo "unspin: host up $(busybox uname -r) cpus $(busybox nproc)"
echo 1 >/proc/sys/kernel/sched_schedstats
# shellcheck disable=SC2086 # several parameters
load() { # module parameters
	[ ! -e "/modules/$1.ko" ] || busybox insmod "/modules/$1.ko" $2 || fail "insmod $1 $2"
}
load irqbypass
load kvm "$kvm"
if busybox grep -qw svm /proc/cpuinfo; then
	load kvm-amd "$kvm_amd"
else
	load kvm-intel "$kvm_intel"
fi
[ -c /dev/kvm ] || fail "no /dev/kvm"
lab=/sys/module/kvm_amd/parameters
if [ -e $lab/lab_pause_exits ]; then
	read -r cure <$lab/lab_exit_after_injection 2>/dev/null || cure=Y
	[ "$cure" = Y ] && echo "unspin: lab injection"
	# The filter is in use only where the processor has none.
	busybox grep -qw pausefilter /proc/cpuinfo ||
		echo "unspin: lab pause-filter window $(busybox cat $lab/pause_filter_count) gap $(busybox cat $lab/lab_pause_gap)"
fi
switch debooster /sys/kernel/debug/sched/yield_deboost/enabled
switch strictBoost /sys/module/kvm/parameters/strict_boost
switch ecs /sys/module/kvm/parameters/ecs
conductor /cell.plan || finish fail
finish pass
