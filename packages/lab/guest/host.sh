# SPDX-License-Identifier: MIT
# shellcheck shell=dash
# What inits of hosts share. Those that read this have mounted nothing yet.
failed=0

start_host() {
	/bin/busybox mkdir -p /proc /sys /dev /run /tmp
	/bin/busybox --install -s /bin
	mount -t devtmpfs dev /dev
	mount -t proc proc /proc
	mount -t sysfs sysfs /sys
	mount -t debugfs debugfs /sys/kernel/debug
	mount -t tmpfs tmpfs /run
	echo "unspin: host up $(uname -r) cpus $(nproc)"
	echo 1 >/proc/sys/kernel/sched_schedstats
}

fail() {
	echo "unspin: failed $*"
	failed=1
}

finish() {
	[ "$failed" = 0 ] && echo "unspin: verdict pass" || echo "unspin: verdict fail"
	# Setting a terminal waits until what was written has left; powering off does not.
	stty -echo
	sleep 0.3
	poweroff -f
}

# KVM for this processor. Parameters of a module are in $params_<module>.
load_kvm() {
	vendor=kvm-intel
	grep -qw svm /proc/cpuinfo && vendor=kvm-amd
	for module in irqbypass kvm $vendor; do
		[ -e /modules/$module.ko ] && [ ! -e "/sys/module/$(echo $module | tr - _)" ] || continue
		eval "params=\${params_$(echo $module | tr - _):-}"
		# shellcheck disable=SC2086
		insmod /modules/$module.ko $params || fail "insmod $module"
	done
	[ -c /dev/kvm ] || { fail "no /dev/kvm"; finish; }
}

# Reports name what the lab's patches changed in this host.
say_lab_patches() {
	lab=/sys/module/kvm_amd/parameters
	[ -e $lab/lab_pause_exits ] || return 0
	# The filter is in use only where the processor has none; both patches come with one config option.
	echo "unspin: lab injection"
	grep -qw pausefilter /proc/cpuinfo ||
		echo "unspin: lab pause-filter window $(cat $lab/pause_filter_count) gap $(cat $lab/lab_pause_gap)"
}
