#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: MIT
# Init of a guest in an experiment. Its arguments come from the kernel's command line: turns of a loop before it starts, the
# program, and what the program is told. It waits for a line from the host, runs the load once, says so, and then keeps the
# load running, unmeasured, while it says what it measured.
/bin/busybox mkdir -p /proc /sys /dev /tmp
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mount -t proc proc /proc
# What dbench's clients write stays there: half of the memory, tmpfs's own limit, is soon full.
/bin/busybox mount -t tmpfs -o size=80% tmpfs /tmp
# Where its clients meet, in a semaphore of POSIX's.
/bin/busybox mkdir -p /dev/shm
/bin/busybox mount -t tmpfs tmpfs /dev/shm
export PATH=/bin
padding=$1
program=$2
shift 2
# shellcheck source=programs.sh
. /programs.sh

prepare "$@" >/tmp/said 2>&1 || { busybox cat /tmp/said; echo "unspin: guest failed to prepare $program"; busybox sleep 1000; }
busybox stty -echo
echo "unspin: guest ready"
read -r _
turn=0
while [ "$turn" -lt "$padding" ]; do
	turn=$((turn + 1))
done
if load "$@" >/tmp/report 2>/tmp/said; then
	echo "unspin: guest done"
	while load "$@" >/tmp/again 2>&1; do :; done &
	while read -r line; do
		echo "unspin: $line"
	done </tmp/report
	echo "unspin: guest end"
else
	busybox tail -n 20 /tmp/report /tmp/said
	echo "unspin: guest failed $program"
fi
# The host ends the guest.
while :; do
	busybox sleep 1000
done
