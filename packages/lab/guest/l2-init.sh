#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# Init of a guest in the nested smoke: load for a fixed time, one marker line, then silence.
/bin/busybox mkdir -p /proc /sys /dev /tmp
/bin/busybox --install -s /bin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sysfs /sys
. /lab.conf

echo "unspin: guest up $(uname -r) cpus $(nproc)"
tlb-shootdown "$receivers" seconds "$seconds" >/tmp/rounds &
tlb=$!
# Taking a vCPU away and bringing it back, until the load has ended.
if [ -n "$hotplug" ]; then
	online=/sys/devices/system/cpu/cpu1/online
	while [ ! -e /tmp/ended ]; do
		echo 0 >$online && echo 1 >$online && echo done >>/tmp/cycles
		sleep 0.05
	done &
	plugging=$!
fi
end=$(($(date +%s) + seconds))
loops=0
failed=0
while [ "$(date +%s)" -lt "$end" ]; do
	hackbench -g "$groups" -f 4 -l "$messages" >/tmp/hackbench 2>&1 || failed=1
	loops=$((loops + 1))
done
wait $tlb || failed=1
said=
if [ -n "$hotplug" ]; then
	touch /tmp/ended
	wait $plugging || failed=1
	said=" hotplug $(wc -l </tmp/cycles)"
fi
# The host knows where both vCPUs count their critical sections, and none was open where none can be.
if grep -qw kvm_ecs=on /proc/cmdline; then
	mount -t debugfs debugfs /sys/kernel/debug
	ecs=/sys/kernel/debug/x86/ecs
	if [ "$(grep -c 'version 1' $ecs/state)" != 2 ] || grep -q '^wrong_.* [1-9]' $ecs/checks; then
		cat $ecs/state $ecs/checks
		failed=1
	fi
	said="$said ecs_checks $(sed -n 's/^checks_user //p' $ecs/checks)"
fi
if [ "$failed" = 0 ] && [ "$(nproc)" = 2 ]; then
	echo "unspin: guest ok hackbench_loops $loops tlb_$(sed -n "s,report ,,p" /tmp/rounds)$said"
else
	cat /tmp/hackbench
	echo "unspin: guest failed"
fi
# KVM drops a guest's counters with the guest: the host reads them now, then kills it, or has it start over.
read -r order </dev/console
[ "$order" = reboot ] && reboot -f
sleep 1000
poweroff -f
