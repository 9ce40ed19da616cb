# SPDX-License-Identifier: MIT
# shellcheck shell=dash
# What each program of an experiment is told, before the load (prepare) and for each run of it (load). A load says what it
# measured on its standard output: "report NAME VALUE" and "latency NAME COUNT...". The init sets $program.
# shellcheck disable=SC2154

prepare() {
	case $program in
	dbench) dbench_prepare ;;
	apache) apache_prepare ;;
	pbzip2) pbzip2_prepare "$@" ;;
	stress-ng) stress_ng_prepare ;;
	lock-latency | lock-holder | lock-loop) module_prepare ;;
	esac
}

load() {
	case $program in
	hackbench) hackbench_load "$@" ;;
	dbench) dbench_load "$@" ;;
	apache) apache_load "$@" ;;
	pbzip2) pbzip2_load "$@" ;;
	stress-ng) stress_ng_load "$@" ;;
	lock-latency | lock-holder | lock-loop) module_load "$@" ;;
	tlb-shootdown) tlb-shootdown "$1" rounds "$2" ;;
	cpu-bound) cpu-bound "$@" ;;
	*) return 1 ;;
	esac
}

hackbench_load() { # groups pairs messages rounds
	round=0
	while [ "$round" -lt "$4" ]; do
		hackbench -g "$1" -f "$2" -l "$3" || return 1
		round=$((round + 1))
	done | busybox awk -v rounds="$4" '
		/^Time:/ { seconds += $2; seen++ }
		END { if (seen != rounds) exit 1; printf "report seconds %.3f\n", seconds }'
}

dbench_prepare() {
	busybox mkdir -p /tmp/dbench
}

# Its first second warms up, and counts for nothing.
dbench_load() { # clients seconds
	dbench -t "$(($2 + 1))" -c /share/client.txt -D /tmp/dbench "$1" | busybox awk '
		/^Throughput / { print "report mbPerSecond", $2; seen = 1 }
		END { exit !seen }'
}

# By its place, as busybox has an httpd of its own; with a port, as there is no /etc/services to look it up in.
apache_prepare() {
	busybox mkdir -p /tmp/apache/pages
	text 4 >/tmp/apache/pages/index.html
	busybox ip link set lo up
	/bin/httpd -f /share/httpd.conf
}

apache_load() { # connections threads seconds
	wrk -c "$1" -t "$2" -d "$3s" http://127.0.0.1:80/index.html | busybox awk '
		/^Requests\/sec:/ { print "report requestsPerSecond", $2; seen = 1 }
		END { exit !seen }'
}

pbzip2_prepare() { # KiB threads
	text "$1" >/tmp/text
}

pbzip2_load() { # KiB threads
	timed pbzip2 -k -f -b1 -p"$2" /tmp/text
}

stress_ng_prepare() {
	busybox mkdir -p /tmp/stress-ng
}

# Its brief metrics: stressor, operations, seconds of real, user and system time, operations a second of real time.
stress_ng_load() { # stressor workers operations
	stress-ng "--$1" "$2" "--$1-ops" "$3" --mmap-bytes 4m --metrics-brief --temp-path /tmp/stress-ng --stdout --no-rand-seed |
		busybox awk -v stressor="$1" '
			{
				for (i = 1; i + 5 <= NF; i++)
					if ($i == stressor && $(i + 1) ~ /^[0-9]+$/) { print "report operationsPerSecond", $(i + 5); seen = 1 }
			}
			END { exit !seen }'
}

module_prepare() {
	busybox mkdir -p /sys
	busybox mount -t sysfs sysfs /sys
	busybox mount -t debugfs debugfs /sys/kernel/debug
	busybox insmod /modules/unspin_load.ko
}

module_load() { # settings, as the module reads them
	echo "$program $*" >/sys/kernel/debug/unspin_load/run && busybox cat /sys/kernel/debug/unspin_load/result
}
