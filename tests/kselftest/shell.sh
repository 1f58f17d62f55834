#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A semaphore from the shell: what the documentation tells people to type.

DIR=$(dirname "$(readlink -f "$0")")
# shellcheck source=/dev/null
. "$DIR"/../kselftest/ktap_helpers.sh

CONFIGFS=/sys/kernel/config/ksem
NAME=kselftest-$$
SEM=$CONFIGFS/$NAME
DEV=/dev/ksem/$NAME

# is FILE TEXT
is() {
	[ "$(cat "$SEM/$1")" = "$2" ] && return
	ktap_print_msg "$1 is $(cat "$SEM/$1"), not $2"
	return 1
}

# Waits until FILE says TEXT.
soon() {
	until [ "$(cat "$SEM/$1")" = "$2" ]; do
		sleep 0.1
	done
}

# say TEXT FILE: the text is written by another program, whose status counts.
say() {
	printf '%s\n' "$1" 2>/dev/null | cat >"$SEM/$2" 2>/dev/null
}

refused() {
	! say "$@"
}

makes_files_and_a_node() {
	is value 0 && is max 2147483647 && [ -c "$DEV" ]
}

posts_and_waits() {
	echo 2 >"$SEM/post" &&
	[ "$(cat "$SEM/wait")" = 1 ] &&
	[ "$(cat "$SEM/trywait")" = 1 ] &&
	is value 0
}

never_waits_by_trywait() {
	! cat "$SEM/trywait" 2>/dev/null && is value 0 && is waiters 0
}

gives_up_after_a_time() {
	refused 10ms timedwait && refused "0 2" timedwait && is waiters 0
}

blocks_until_a_post() {
	cat "$SEM/wait" >/dev/null &
	soon waiters 1
	echo 1 >"$SEM/post" && wait $! && is value 0 && is waiters 0
}

cannot_be_removed_while_a_task_waits() {
	cat "$SEM/wait" >/dev/null &
	soon waiters 1
	! rmdir "$SEM" 2>/dev/null
	busy=$?
	kill $!
	wait $! 2>/dev/null
	soon waiters 0
	[ $busy -eq 0 ] && is value 0
}

serves_the_first_one_first() {
	for turn in 1 2 3; do
		{ cat "$SEM/wait" && echo $turn >>"$1"; } >/dev/null &
		soon waiters $turn
	done
	for turn in 1 2 3; do
		echo 1 >"$SEM/post"
		until [ "$(wc -l <"$1")" -eq $turn ]; do sleep 0.1; done
	done
	[ "$(tr '\n' ' ' <"$1")" = "1 2 3 " ]
}

gives_all_or_none() {
	echo 3 >"$SEM/max" && echo 2 >"$SEM/value" || return
	refused 2 post && is value 2 &&
	refused 4 value && is value 2 &&
	refused 1 max && is max 3 &&
	echo 1 >"$SEM/post" && is value 3 &&
	echo 0 >"$SEM/value" && echo 2147483647 >"$SEM/max"
}

takes_no_text_but_numbers() {
	for text in '' -1 +1 1x 0x1 ' 1' '1 1' 99999999999; do
		refused "$text" post || return
	done
	is value 0
}

has_a_handle() {
	exec 9<>"$DEV"
	echo 2 >&9 && is value 2 && read -r _ <&9 && is value 1 &&
	read -r _ <&9 && is value 0
	status=$?
	exec 9<&-
	return $status
}

gets_units_back_from_the_dead() {
	echo 1 >"$SEM/undo" && echo 1 >"$SEM/value" || return
	sh -c 'read -r _ && kill -9 $$' <"$DEV" 2>/dev/null
	soon value 1
	echo 0 >"$SEM/undo" && echo 0 >"$SEM/value"
}

counts() {
	[ "$(cat "/sys/class/ksem/$NAME/posted")" -gt 0 ] &&
	[ "$(cat "/sys/class/ksem/$NAME/acquired")" -gt 0 ] &&
	[ "$(cat "/sys/class/ksem/$NAME/contended")" -gt 0 ] &&
	[ "$(cat "/sys/class/ksem/$NAME/timeouts")" = 2 ] &&
	[ "$(cat "/sys/class/ksem/$NAME/interrupted")" = 1 ]
}

can_be_shut_down() {
	cat "$SEM/wait" >/dev/null 2>&1 &
	soon waiters 1
	echo 1 >"$SEM/shutdown" && ! wait $! && is shutdown 1 && is waiters 0 &&
	refused 1 post
}

can_be_removed() {
	rmdir "$SEM" && [ ! -e "$DEV" ] && [ ! -e "/sys/class/ksem/$NAME" ]
}

ktap_print_header
# ksem can be a module, and not every system mounts configfs.
[ -d $CONFIGFS ] || modprobe -q ksem
[ -d $CONFIGFS ] || mount -t configfs configfs /sys/kernel/config
if [ ! -d $CONFIGFS ]; then
	ktap_skip_all "no $CONFIGFS"
	exit "$KSFT_SKIP"
fi
mkdir "$SEM" || ktap_exit_fail_msg "mkdir failed"
turns=$(mktemp)
trap 'rm -f "$turns"; rmdir "$SEM" 2>/dev/null' EXIT

ktap_set_plan 14
ktap_test_result "1. mkdir makes files and a node" makes_files_and_a_node
ktap_test_result "2. A post is for one wait" posts_and_waits
ktap_test_result "3. trywait never sleeps" never_waits_by_trywait
ktap_test_result "4. timedwait gives up" gives_up_after_a_time
ktap_test_result "5. wait blocks until a post" blocks_until_a_post
ktap_test_result "6. Can't be removed while a task waits" \
	cannot_be_removed_while_a_task_waits
ktap_test_result "7. The first waiter is served first" \
	serves_the_first_one_first "$turns"
ktap_test_result "8. All units are given, or none" gives_all_or_none
ktap_test_result "9. No text but numbers" takes_no_text_but_numbers
ktap_test_result "10. A handle gives and takes" has_a_handle
ktap_test_result "11. A dead holder's units come back" \
	gets_units_back_from_the_dead
ktap_test_result "12. Statistics" counts
ktap_test_result "13. Shutdown ends all waits" can_be_shut_down
ktap_test_result "14. rmdir removes the node, too" can_be_removed
ktap_finished
