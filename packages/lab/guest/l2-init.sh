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
end=$(($(date +%s) + seconds))
loops=0
failed=0
while [ "$(date +%s)" -lt "$end" ]; do
	hackbench -g "$groups" -f 4 -l "$messages" >/tmp/hackbench 2>&1 || failed=1
	loops=$((loops + 1))
done
wait $tlb || failed=1
# The host knows where both vCPUs count their critical sections, and none was open where none can be.
if grep -qw kvm_ecs=on /proc/cmdline; then
	mount -t debugfs debugfs /sys/kernel/debug
	ecs=/sys/kernel/debug/x86/ecs
	if [ "$(grep -c 'version 1' $ecs/state)" != 2 ] || grep -q '^wrong_.* [1-9]' $ecs/checks; then
		cat $ecs/state $ecs/checks
		failed=1
	fi
fi
if [ "$failed" = 0 ] && [ "$(nproc)" = 2 ]; then
	echo "unspin: guest ok hackbench_loops $loops tlb_$(sed -n "s,report ,,p" /tmp/rounds)"
else
	cat /tmp/hackbench
	echo "unspin: guest failed"
fi
# KVM drops a guest's counters with the guest: the host reads them now, then kills it.
sleep 1000
poweroff -f
