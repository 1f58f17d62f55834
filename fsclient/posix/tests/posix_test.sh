#!/bin/sh
# SPDX-License-Identifier: MIT
# One program that knows nothing of ksem, with the C library's semaphores and
# with ours: each of its cases has to pass with both.
# shellcheck source=tests/ktap.sh
. ktap.sh

with_libc() {
  posix_program --gtest_filter="$1"
}

# None that this program makes is the C library's then.
with_ksem() {
  LD_PRELOAD=/bin/libksem-posix.so posix_program --gtest_filter="$1"
  [ -z "$(ls /dev/shm)" ]
}

# The filter is for ktap.sh alone.
list() {
  env -u TESTBRIDGE_TEST_ONLY posix_program --gtest_list_tests
}

list | sed 's/ *#.*//' | while read -r name; do
  case $name in
    *.) suite=$name ;;
    *) echo "$suite$name" ;;
  esac
done >/tmp/cases

while read -r name; do
  check "$name: libc" with_libc "$name"
  check "$name: ksem" with_ksem "$name"
done </tmp/cases
finish
