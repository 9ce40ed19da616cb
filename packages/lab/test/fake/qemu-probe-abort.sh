#!/bin/sh
# SPDX-License-Identifier: MIT
# What QEMU does where KVM cannot run the guest: counts how often it was tried in $PROBE_COUNT.
if [ "$1" = --version ]; then
	echo "QEMU emulator version 9.9.9 (fake)"
	exit 0
fi
echo run >>"$PROBE_COUNT"
echo "error: kvm run failed Bad address" >&2
kill -ABRT $$
