#!/bin/sh
# SPDX-License-Identifier: MIT
# The first things anybody would try.
# shellcheck source=tests/ktap.sh
. ktap.sh

cd /sys/kernel/config/ksem || exit

# Each case has a semaphore of its own, and is in its directory.
make() {
  mkdir "$1"
  cd "$1"
}

new_one() {
  make new
  is value 0
}

post_raises() {
  make posted
  echo 2 >post
  is value 2
}

wait_takes() {
  make taken
  echo 1 >value
  is wait 1
  is value 0
}

wait_blocks() {
  make blocking
  cat wait >/tmp/got &
  soon is waiters 1
  [ ! -s /tmp/got ]
  echo 1 >post
  wait $!
  is /tmp/got 1
  is value 0
}

# A plain configfs driver that blocks in a callback hangs here for ever, and
# hangs every task that then opens a file.
rmdir_of_a_busy_one() {
  make busy
  cat wait >/tmp/got &
  soon is waiters 1
  fails_with "resource busy" rmdir ../busy
  timeout 600 sh -c 'echo 1 >post'
  wait $!
  is /tmp/got 1
}

rmdir_removes() {
  mkdir removed
  rmdir removed
  [ ! -e removed ]
}

check "mkdir makes a semaphore of value 0" new_one
check "post raises the value" post_raises
check "reading wait takes a unit" wait_takes
check "reading wait blocks until a post" wait_blocks
check "rmdir with a waiter is EBUSY and hangs nobody" rmdir_of_a_busy_one
check "rmdir removes it" rmdir_removes
finish
