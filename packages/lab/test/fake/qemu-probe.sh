#!/bin/sh
# SPDX-License-Identifier: MIT
# A machine on which KVM works: counts how often it was booted in $PROBE_COUNT.
if [ "$1" = --version ]; then
	echo "QEMU emulator version 9.9.9 (fake)"
	exit 0
fi
echo run >>"$PROBE_COUNT"
echo "unspin: probe ok $PROBE_NESTED"
