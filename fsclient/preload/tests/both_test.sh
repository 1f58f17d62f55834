#!/bin/sh
# SPDX-License-Identifier: MIT
# both_test.sh LIBRARY PROGRAM: a program that knows nothing of ksem, with the C
# library's semaphores and with those of LIBRARY: each of its cases has to pass
# with both.
# shellcheck source=tests/ktap.sh
. ktap.sh

library=$1 program=$2

# The filter is for ktap.sh alone.
cases() {
  env -u TESTBRIDGE_TEST_ONLY "$@"
}

cases "$program" >/tmp/libc.out 2>&1
cases env LD_PRELOAD="/bin/$library" "$program" >/tmp/ksem.out 2>&1

passed() {
  grep -qF "[       OK ] $2 (" "/tmp/$1.out" && return
  # A case that ended the program has no line of its own at the end.
  grep -F -A 30 "[ RUN      ] $2" "/tmp/$1.out"
  return 1
}

# Otherwise it would have been the C library twice.
preloaded() {
  if grep "cannot be preloaded" /tmp/ksem.out; then return 1; fi
}

cases "$program" --gtest_list_tests | sed 's/ *#.*//' |
  while read -r name; do
    case $name in
      *.) suite=$name ;;
      *) echo "$suite$name" ;;
    esac
  done | grep -v '^Running main' >/tmp/cases

while read -r name; do
  check "$name: libc" passed libc "$name"
  check "$name: ksem" passed ksem "$name"
done </tmp/cases
check "the library was preloaded" preloaded
finish
