#!/bin/sh
# SPDX-License-Identifier: MIT
# KVM opens, and then the guest does not get on, or not in time: counts how often it was tried in $PROBE_COUNT.
if [ "$1" = --version ]; then
	echo "QEMU emulator version 9.9.9 (fake)"
	exit 0
fi
echo run >>"$PROBE_COUNT"
exec sleep 60
