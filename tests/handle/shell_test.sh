#!/bin/sh
# SPDX-License-Identifier: MIT
# The device in a shell that knows nothing of it, and what a rule for its node
# would do.
# shellcheck source=tests/ktap.sh
. ktap.sh

cd /sys/kernel/config/ksem || exit

# Each case has a semaphore of its own, and is in its directory.
make() {
  mkdir "$1"
  cd "$1"
}

read_and_echo() {
  make jobs
  echo 2 >value
  exec 9<>/dev/ksem/jobs
  read -r _ <&9
  is value 1
  read -r _ <&9
  is value 0
  echo 1 >&9
  is value 1
  echo 2 >&9
  is value 3
}

reading_blocks() {
  make blocking
  exec 9<>/dev/ksem/blocking
  (read -r _ <&9 && echo got >/tmp/got) &
  sleep 1
  [ ! -e /tmp/got ]
  echo 1 >&9
  wait $!
  is /tmp/got got
  is value 0
}

# Each job of a pool that has one descriptor in common takes a unit, and is
# alone with it. What a job finds in the way it tells by a file.
pool() {
  make pool
  echo 2 >value
  echo 2 >max
  exec 9<>/dev/ksem/pool
  mkdir /tmp/pool
  job=0
  while [ "$job" -lt 24 ]; do
    (
      read -r _ <&9
      mkdir "/tmp/pool/$job"
      set -- /tmp/pool/*
      [ $# -le 2 ] || echo "$# at once" >>/tmp/too_many
      rmdir "/tmp/pool/$job"
      echo 1 >&9
    ) &
    job=$((job + 1))
  done
  wait
  [ ! -e /tmp/too_many ] || cat /tmp/too_many
  [ ! -e /tmp/too_many ]
  is value 2
  is waiters 0
}

one_byte_is_one_unit() {
  make bytes
  echo 3 >value
  dd if=/dev/ksem/bytes of=/dev/null bs=1 count=1 2>/dev/null
  is value 2
  head -n 1 </dev/ksem/bytes >/tmp/line
  is value 1
  is /tmp/line 1
}

bad_text() {
  make bad
  fails_with "nvalid argument" sh -c 'echo x >/dev/ksem/bad'
  fails_with "nvalid argument" sh -c 'echo 0 >/dev/ksem/bad'
  echo 1 >max
  fails_with "Value too large" sh -c 'echo 2 >/dev/ksem/bad'
  is value 0
}

# The rule of undo makes a plain shell safe.
killed_shell() {
  make safe
  echo 2 >value
  echo 1 >undo
  sh -c 'exec 9<>/dev/ksem/safe
    read -r _ <&9; read -r _ <&9; echo ready >/tmp/ready; sleep 3600 9>&-; :' &
  soon is /tmp/ready ready
  is value 0
  kill -9 $!
  soon is value 2
}

# Without it, nobody gives back what a killed shell had.
killed_shell_without_the_rule() {
  make unsafe
  echo 2 >value
  sh -c 'exec 9<>/dev/ksem/unsafe; read -r _ <&9; kill -9 $$' || true
  is value 1
}

shutdown_ends_reading() {
  make ended
  exec 9<>/dev/ksem/ended
  (
    # A shell's read only says that it failed.
    cat <&9 2>/tmp/why || echo failed >/tmp/failed
  ) &
  soon is waiters 1
  echo 1 >shutdown
  wait $!
  is /tmp/failed failed
  grep -q "dentifier removed" /tmp/why
}

handle_outlives_the_name() {
  make gone
  exec 9<>/dev/ksem/gone
  rmdir ../gone
  [ ! -e /dev/ksem/gone ]
  echo 1 >&9
  read -r _ <&9
}

# As the example of a rule does: a group may use what was made.
node_for_a_group() {
  make group
  echo 2 >value
  fails_with "ermission denied" su user -c 'exec 9<>/dev/ksem/group'
  chgrp user /dev/ksem/group
  chmod 660 /dev/ksem/group
  su user -c 'exec 9<>/dev/ksem/group; read -r _ <&9'
  is value 1
}

# As a redirection makes one that comes before the semaphore.
file_in_the_way() {
  echo 1 >/dev/ksem/way
  make way
  soon logged "/dev/ksem/way is no device"
  is /dev/ksem/way 1
  rm /dev/ksem/way
  cd ..
  rmdir way
  make way
  [ -c /dev/ksem/way ]
}

logged() {
  dmesg | grep -q "ksem: $1"
}

check "read takes a unit and echo gives some" read_and_echo
check "read blocks until there is one" reading_blocks
check "jobs of a pool have one descriptor in common" pool
check "a single byte is a whole unit" one_byte_is_one_unit
check "bad text says what is wrong with it" bad_text
check "a killed shell's units come back by the rule" killed_shell
check "and stay away without it" killed_shell_without_the_rule
check "shutdown ends a shell's reading" shutdown_ends_reading
check "a handle outlives its name" handle_outlives_the_name
check "a node can be given to a group" node_for_a_group
check "the log says what is in a node's way" file_in_the_way
finish
