#!/bin/sh
# SPDX-License-Identifier: MIT
# ksem monitor: each event of the kernel, once and in order.
# shellcheck source=tools/ksem/tests/expect.sh
. expect.sh

instances=/sys/kernel/tracing/instances
lines=/tmp/lines

# monitoring [OPTION…]: in the background, when it collects events.
monitoring() {
  ksem monitor "$@" >"$lines" 2>/tmp/monitor.err &
  monitor=$!
  soon is "$instances/ksem-monitor-$monitor/events/ksem/enable" 1
}

# stopped [SIGNAL]: what was told before is in the file, and nothing is left.
stopped() {
  kill "-${1:-TERM}" "$monitor"
  ends $((128 + $(kill -l "${1:-TERM}"))) "$monitor"
  [ "$(ls "$instances")" = "" ]
}

# The fields that depend neither on time nor on what the kernel has kept of a
# process that has ended: that can be <...>.
events() {
  sed -E 's/^[0-9]+\.[0-9]+ //; s/ pid [0-9]+ comm (ksem|<\.\.\.>)//; s/waited_ns [1-9][0-9]*/waited/' \
    "$lines"
}

tells_all() {
  anew a --value 1
  anew b
  monitoring
  ksem try a
  ksem wait a -n 2 &
  blocked a
  ksem post a -n 2
  wait $!
  ksem post b
  stopped
  events >/tmp/got
  cat "$lines"
  printf '%s\n' 'a acquired units 1 waited_ns 0' 'a wait units 2' >/tmp/begin
  head -n 2 /tmp/got | cmp - /tmp/begin
  # The task that posts and the one that is woken: in whichever order.
  printf '%s\n' 'a acquired units 2 waited' 'a post units 2' >/tmp/middle
  sed -n 3,4p /tmp/got | sort | cmp - /tmp/middle
  [ "$(tail -n +5 /tmp/got)" = 'b post units 1' ]
}

# The command leaves the time to the kernel, for one semaphore and for several.
times_out() {
  anew a
  anew b
  monitoring
  exits 124 ksem wait a -t 20ms
  exits 124 ksem run a -t 20ms -- true
  exits 124 ksem wait --any a b -t 20ms
  stopped
  cat "$lines"
  [ "$(events | grep -c 'a timeout units 1')" -eq 3 ]
  lacks "$lines" interrupted
  is /sys/class/ksem/a/timeouts 3
  is /sys/class/ksem/a/interrupted 0
}

making_and_removing() {
  ksem rm -f a b
  monitoring a
  ksem create a
  ksem create b
  ksem rm a b
  stopped
  events >/tmp/got
  printf '%s\n' 'a made' 'a removed' | cmp - /tmp/got
}

only_the_named() {
  anew a
  anew "odd name=x units=3"
  monitoring "odd name=x units=3"
  ksem post a
  ksem post -n 2 "odd name=x units=3"
  stopped
  is "$lines" "$(grep 'odd name=x units=3 post pid [0-9]* comm .* units 2' "$lines")"
  ksem rm "odd name=x units=3"
}

in_json() {
  anew a
  monitoring --json
  if echo 1ms >"$root/a/timedwait"; then return 1; fi
  ksem post a
  ksem wait a
  stopped
  cat "$lines"
  jq -se 'map(.event) == ["wait", "timeout", "post", "acquired"] and
    (map(.name == "a" and .units == 1 and .pid > 0 and .time > 0) | all) and
    .[3].waited_ns == 0' "$lines"
}

# What others have set for the whole machine.
whatever_the_options() {
  anew a
  options=/sys/kernel/tracing/options
  for option in record-tgid=1 irq-info=0 context-info=0 latency-format=1 raw=1 \
    hex=1 bin=1 fields=1; do
    [ -e "$options/${option%=*}" ] || continue
    before=$(cat "$options/${option%=*}")
    echo "${option#*=}" >"$options/${option%=*}"
    monitoring
    ksem post a
    stopped
    [ "$(cat "$options/${option%=*}")" = "${option#*=}" ]
    echo "$before" >"$options/${option%=*}"
    cat "$lines" /tmp/monitor.err
    [ "$(events)" = "a post units 1" ]
    [ ! -s /tmp/monitor.err ]
  done
}

newline_in_a_command() {
  anew a
  monitoring --json
  # shellcheck disable=SC2016
  bash -c 'printf "x\n-1 \n" >/proc/self/comm; echo 1 >"$1"' - "$root/a/post"
  ksem post a
  stopped
  cat "$lines" /tmp/monitor.err
  jq -se 'map(.event) == ["post", "post"]' "$lines"
  [ ! -s /tmp/monitor.err ]
}

# Of one that had the process id before.
own_number_left_over() {
  anew a
  # shellcheck disable=SC2016
  sh -c 'mkdir "$0/ksem-monitor-$$"; exec ksem monitor' "$instances" \
    >"$lines" 2>/tmp/monitor.err &
  monitor=$!
  soon is "$instances/ksem-monitor-$monitor/events/ksem/enable" 1
  ksem post a
  stopped
  [ "$(events)" = "a post units 1" ]
}

ends_by_signals() {
  for signal in TERM HUP USR1; do
    monitoring
    stopped "$signal"
  done
}

# The next one removes what a killed one has left.
killed() {
  monitoring
  kill -9 "$monitor"
  if wait "$monitor"; then return 1; fi
  [ -d "$instances/ksem-monitor-$monitor" ]
  monitoring
  stopped
}

reader_leaves() {
  anew a
  (
    ksem monitor
    echo $? >/tmp/monitor.status
  ) | true
  soon is /tmp/monitor.status 0
  [ "$(ls "$instances")" = "" ]
}

no_output() {
  says "ksem monitor: standard output: Bad file descriptor" sh -c 'ksem monitor >&-'
  anew a
  ksem monitor >/dev/full 2>"$err" &
  monitor=$!
  soon is "$instances/ksem-monitor-$monitor/events/ksem/enable" 1
  ksem post a
  ends 2 "$monitor"
  is "$err" "ksem monitor: standard output: No space left on device"
  [ "$(ls "$instances")" = "" ]
}

# It has read the event, and can't write it.
reader_does_not_read() {
  anew a
  full_pipe
  ksem monitor >/tmp/pipe &
  monitor=$!
  instance=$instances/ksem-monitor-$monitor
  soon is "$instance/events/ksem/enable" 1
  ksem post a
  soon no_post_in "$instance/trace"
  stopped
}
no_post_in() {
  ! grep -q post "$1"
}

# There is always something more to read.
events_without_end() {
  anew a
  monitoring
  writers=
  # shellcheck disable=SC2064  # as many as there are by then
  for _ in 1 2 3; do
    yes 1 | dd bs=2 of=/dev/ksem/a 2>/dev/null &
    writers="$writers $!"
    trap "kill$writers" EXIT
  done
  soon grep -q post "$lines"
  stopped
}

says_when_it_begins() {
  monitoring --verbose
  soon is /tmp/monitor.err "ksem monitor: events from now on"
  stopped
}

own_instance_in_use() {
  # shellcheck disable=SC2016
  says "File exists" sh -c 'mkdir "$0/ksem-monitor-$$"
    exec 3<"$0/ksem-monitor-$$/trace_pipe"
    echo "ksem monitor: $0/ksem-monitor-$$: File exists" >/tmp/wanted
    exec ksem monitor' "$instances"
  cmp /tmp/wanted "$err"
  rmdir "$instances"/*
}

only_for_root() {
  says "the kernel's events are for root; type: sudo ksem monitor" \
    su user -c "ksem monitor"
}

check "made and removed" making_and_removing
check "each event, in order" tells_all
check "only of those that are named" only_the_named
check "a wait of the command that times out is a timeout" times_out
check "--json: a line for each" in_json
check "--verbose: says when it begins" says_when_it_begins
check "whatever the options of the whole machine are" whatever_the_options
check "a newline in the name of a process" newline_in_a_command
check "what is left with its own number" own_number_left_over
check "signals end it, and nothing is left" ends_by_signals
check "kill -9: the next one removes what is left" killed
check "ends when nobody reads any more" reader_leaves
check "ends with a message when it can't write" no_output
check "a signal ends it while nobody reads" reader_does_not_read
check "a signal ends it while more and more comes" events_without_end
check "its instance can't be made" own_instance_in_use
check "not for users" only_for_root
finish
