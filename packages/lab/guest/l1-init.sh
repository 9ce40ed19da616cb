#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# Init of the host in the nested smoke. Every line that unspin reads starts with "unspin: ".
# shellcheck disable=SC1091
. /host.sh
. /lab.conf

deboost=/sys/kernel/debug/sched/yield_deboost
strict=/sys/module/kvm/parameters/strict_boost
ecs=/sys/module/kvm/parameters/ecs

switch() { # phase file on-value off-value
	[ -e "$2" ] || return 0
	value=$4
	[ "$1" = on ] && value=$3
	echo "$value" >"$2" || fail "$1: cannot write $2"
	read -r got <"$2"
	[ "$got" = "$value" ] || fail "$1: $2 reads $got, not $value"
	echo "unspin: switch $1 $2 $got"
}

counters() { # phase before|after
	for file in /sys/kernel/debug/kvm/*; do
		[ -f "$file" ] && read -r value <"$file" 2>/dev/null &&
			echo "unspin: counter $1 $2 kvm.${file##*/} $value"
	done
	# KVM does not count yields of spinning vCPUs; the scheduler does, and here nobody else yields.
	yields=0
	while read -r cpu count _; do
		case $cpu in cpu*) yields=$((yields + count)) ;; esac
	done </proc/schedstat
	echo "unspin: counter $1 $2 sched.yields $yields"
	[ -e $deboost/stats ] && while read -r name value _; do
		echo "unspin: counter $1 $2 deboost.$name $value"
	done <$deboost/stats
	for file in /sys/module/kvm_amd/parameters/lab_pause_exits /sys/module/kvm_amd/parameters/lab_pause_loops; do
		[ -e "$file" ] && read -r value <"$file" &&
			echo "unspin: counter $1 $2 lab.${file##*/lab_} $value"
	done
}

guest() { # name cpu-flags append
	once=-no-reboot
	[ "$boots" -gt 1 ] && once=
	[ -p "/run/$1.in" ] || mkfifo "/run/$1.in"
	# shellcheck disable=SC2086
	qemu-system-x86_64 -L /share/qemu $once -name "$1" -machine microvm,accel=kvm,pit=on,pic=on,rtc=on,isa-serial=on \
		-cpu "host,-xsave$2" -smp 2 -m "$memory" -nodefaults -no-user-config -display none \
		-kernel /l2/bzImage -initrd /l2/initramfs.gz -serial stdio \
		-append "console=ttyS0 quiet panic=-1 reboot=t $3" <>"/run/$1.in" >"/run/$1.log" 2>&1 &
}

finished() { # name: how many boots of the guest have come to their end
	grep -c '^unspin: guest \(ok\|failed\)' "/run/$1.log"
}

# Guests that are to boot again are told so, once for each boot.
again() { # name
	eval "told=\$told_$1"
	ended=$(finished "$1")
	[ "$ended" -gt "$told" ] && [ "$ended" -lt "$boots" ] || return 0
	echo reboot >"/run/$1.in"
	eval "told_$1=$ended"
}

drain() { # name: print what the guest has said since the last time
	eval "from=\${seen_$1:-0}"
	total=$(wc -l <"/run/$1.log")
	[ "$total" -gt "$from" ] && sed -n -e 's/\r//g' -e "$((from + 1)),${total}s/^/$1| /p" "/run/$1.log"
	eval "seen_$1=$total"
}

# What the vCPUs of guests that do not finish are doing: a fifth of a second of KVM's trace events.
peek() {
	tracing=/sys/kernel/tracing
	[ -e $tracing/events ] || mount -t tracefs tracefs $tracing
	[ -e $tracing/events/kvm/enable ] || return 0
	echo 1 >$tracing/events/kvm/enable
	sleep 0.2
	echo 0 >$tracing/events/kvm/enable
	grep -v '^#' $tracing/trace | head -n 120 | sed 's/^/trace| /'
}

# TCG now and then resets a guest early in its boot, without a word from it. Such a boot is repeated, and reported.
alive() { # phase name cpu-flags append
	eval "pid=\$pid_$2"
	kill -0 "$pid" 2>/dev/null && return 0
	wait "$pid"
	status=$?
	drain "$2"
	grep -q '^unspin: guest up' "/run/$2.log" || [ "$restarts" -ge 2 ] || {
		restarts=$((restarts + 1))
		echo "unspin: restart $1 guest $2, QEMU exited with $status"
		guest "$2" "$3" "$4"
		eval "pid_$2=$! seen_$2=0"
		return 0
	}
	fail "$1: guest $2 is gone, QEMU exited with $status"
	return 1
}

phase() { # on|off
	echo "unspin: phase $1 begin"
	switch "$1" $deboost/enabled Y N
	switch "$1" $strict Y N
	switch "$1" $ecs Y N
	counters "$1" before
	seen_a=0
	seen_b=0
	told_a=0
	told_b=0
	restarts=0
	guest a "$flags_a" "$append_a"
	pid_a=$!
	guest b "$flags_b" "$append_b"
	pid_b=$!
	waited=0
	while :; do
		sleep 1
		drain a
		drain b
		done=0
		for name in a b; do
			again $name
			[ "$(finished $name)" -ge "$boots" ] && done=$((done + 1))
		done
		[ "$done" = 2 ] && break
		alive "$1" a "$flags_a" "$append_a" && alive "$1" b "$flags_b" "$append_b" || break
		waited=$((waited + 1))
		# A host that says nothing is a host that hangs.
		[ $((waited % 5)) = 0 ] && echo "unspin: waiting $1 $waited"
		[ "$waited" -lt "$deadline" ] || { fail "$1: guests not done after $deadline s"; peek; break; }
	done
	counters "$1" after
	drain a
	drain b
	for name in a b; do
		line=$(grep '^unspin: guest ok' "/run/$name.log" | tail -n 1 | tr -d '\r')
		[ "$boots" -gt 1 ] && line="$line boots $(grep -c '^unspin: guest ok' "/run/$name.log")"
		[ -n "$line" ] && echo "unspin: phase $1 guest $name ${line#unspin: guest }" || fail "$1: guest $name"
	done
	kill $pid_a $pid_b 2>/dev/null
	wait
	echo "unspin: phase $1 end"
}

start_host
load_kvm
say_lab_patches
for name in $phases; do
	phase "$name"
done
finish
