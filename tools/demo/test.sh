#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source=tests/ktap.sh
. ktap.sh

root=/sys/kernel/config/ksem

ends_well() {
  three_sides.sh >/tmp/demo
  cat /tmp/demo
}

takes_part() {
  [ "$(grep -c "^$1 .*" /tmp/demo)" -ge "$2" ]
}

# lines FILE TEXT N: so many lines of FILE have TEXT.
lines() { [ "$(grep -c "$2" "$1")" -eq "$3" ]; }

one_nightly_job_at_a_time() {
  for job in backup reindex; do
    nightly.sh sh -c "echo $job; sleep 0.1; echo $job" >>/tmp/nightly &
    jobs="${jobs-} $!"
  done
  for job in $jobs; do wait "$job"; done
  cat /tmp/nightly
  # One after the other, in whichever order.
  [ "$(uniq /tmp/nightly | wc -l)" -eq 2 ]
  if nightly.sh false; then return 1; fi
  ksem rm nightly
}

nightly_tells_of_no_turn() {
  ksem create nightly --value 0
  sed 's/-t 2h/-t 0/' "$(command -v nightly.sh)" >/tmp/impatient.sh
  fails_with "true has had no turn" sh /tmp/impatient.sh true
  ksem rm nightly
}

works_off_the_posted() {
  ksem create jobs --value 0
  pool jobs 2 >/tmp/pool &
  pool=$!
  ksem post jobs -n 3
  soon lines /tmp/pool "a job" 3
  ksem post jobs
  soon lines /tmp/pool "a job" 4
  ksem set --shutdown jobs
  wait "$pool"
  ksem rm jobs
}

# Coroutines, io_uring and a thread that blocks pass one unit round.
other_event_loops() {
  ksem create loop
  : >/tmp/loop
  coroutine loop 3 >>/tmp/loop &
  coroutine=$!
  uring loop 4 >>/tmp/loop &
  uring=$!
  worker loop 2 >>/tmp/loop
  wait "$coroutine"
  wait "$uring"
  cat /tmp/loop
  lines /tmp/loop "^coroutine .: round" 9
  lines /tmp/loop "^uring: round" 4
  lines /tmp/loop "^worker .*: round" 2
  is "$root/loop/value" 1
  ksem set --shutdown loop
  fails_with "Identifier removed" uring loop
  fails_with "Identifier removed" coroutine loop
  ksem rm loop
}

the_timer_posts() {
  ticks.sh /lib/ksem/ksem_timer.ko >/tmp/ticks
  printf 'tick %s\n' 1 2 3 | cmp - /tmp/ticks
  [ ! -e "$root/ticks" ]
}

# One is killed; what the other leaves in the background keeps no unit.
comes_back_to_a_shell() {
  mkdir "$root/held"
  echo 1 >"$root/held/undo"
  echo 1 >"$root/held/max"
  echo 1 >"$root/held/value"
  held.sh held sleep 3600 &
  held=$!
  soon is "$root/held/value" 0
  held.sh held sh -c 'sleep 3600 & echo "job 2"' >/tmp/held &
  kill -9 "$held"
  soon grep -q "job 2" /tmp/held
  soon is "$root/held/value" 1
  # No command, no plain file in the device's place.
  if held.sh nothing touch /tmp/ran; then return 1; fi
  [ ! -e /tmp/ran ] && [ ! -e /dev/ksem/nothing ]
  rmdir "$root/held"
}

all_are_ready_or_not() {
  mkdir "$root/ready"
  ready.sh ready 2 1h >/tmp/ready &
  ready=$!
  soon is "$root/ready/waiters" 1
  echo 1 >"$root/ready/post"
  echo 1 >"$root/ready/post"
  wait "$ready"
  grep -qx "all 2 are ready" /tmp/ready
  echo 1 >"$root/ready/post"
  fails_with "timed out" ready.sh ready 2 1ms
  # What a shell's read does as well.
  read -r _ <"$root/ready/wait"
  is "$root/ready/value" 0
  dd count=1 <>/dev/ksem/ready >/tmp/ready 2>&1 &
  soon is "$root/ready/waiters" 1
  echo 1 >"$root/ready/post"
  wait $!
  rmdir "$root/ready"
}

# When the command has been executed, that is its name.
names_the_sleeper() {
  stuck.sh lock >/tmp/stuck
  grep -q "^1 unit(s): .*sleep (" /tmp/stuck
}

# It says whom to end; then it goes on.
who_is_it() {
  ksem create lock
  ksem run lock -- sleep 3600 &
  holder=$!
  soon is "$root/lock/value" 0
  ksem run lock -- true &
  waiter=$!
  soon is "$root/lock/waiters" 1
  soon names_the_sleeper
  cat /tmp/stuck
  lines /tmp/stuck "^1 wait, the first for [0-9]* s$" 1
  kill "$(sed -n 's/^1 unit.*sleep (\([0-9]*\)).*/\1/p' /tmp/stuck)"
  wait "$waiter"
  if wait "$holder"; then return 1; fi
  ksem rm lock
}

check "the demo ends well" ends_well
check "the shell takes part" takes_part shell 4
check "the program takes part" takes_part worker 4
check "the module takes part" takes_part kernel 1
check "nightly.sh: one job at a time" one_nightly_job_at_a_time
check "nightly.sh: says who has had no turn" nightly_tells_of_no_turn
check "pool: by epoll" works_off_the_posted
check "coroutine and uring: in turn with a thread" other_event_loops
check "ticks.sh: a module's timer posts" the_timer_posts
check "held.sh: the unit comes back" comes_back_to_a_shell
check "ready.sh: all, or the time is up" all_are_ready_or_not
check "stuck.sh: says who has it" who_is_it
finish
