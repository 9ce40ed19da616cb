#!/bin/sh
# SPDX-License-Identifier: MIT
# Says hello, starts a child of its own, and then falls silent.
echo "unspin: host up 6.12.1 cpus 2"
sleep 60 &
echo "child $!"
wait
