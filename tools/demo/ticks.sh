#!/bin/sh
# SPDX-License-Identifier: MIT
# Takes three units that the timer of a kernel module posts:  ticks.sh MODULE
set -e
insmod "$1" name=ticks
for tick in 1 2 3; do
  ksem wait ticks # blocks until the next one
  echo "tick $tick"
done
rmmod ksem_timer
