#!/bin/sh
# SPDX-License-Identifier: MIT
# Never silent, never done.
while :; do echo tick; sleep 0.05; done
