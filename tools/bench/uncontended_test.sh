#!/bin/sh
# SPDX-License-Identifier: MIT
# Nobody waits, so nobody asks the kernel.
# shellcheck source=tests/ktap.sh
. ktap.sh

# How many system calls the program makes for that many pairs.
calls() {
  strace -f -c -o /tmp/calls uncontended "$1"
  awk '$NF == "total" { print $4 }' /tmp/calls
}

a_million_pairs() {
  few=$(calls 1)
  many=$(calls 1000000)
  cat /tmp/calls
  [ "$few" -eq "$many" ]
}

check "a million pairs make no system call" a_million_pairs
finish
