#!/bin/sh
# SPDX-License-Identifier: MIT
# A shell, a C++ program and a kernel module pass one unit round. Runs in the
# virtual machine; needs jobs.sh, worker and ksem_example.ko.
set -e
ksem=/sys/kernel/config/ksem

step() {
  printf '\n== %s\n' "$1"
}

step "mkdir makes a semaphore; it gets one unit, and room for no more"
mkdir $ksem/jobs
echo 1 >$ksem/jobs/max
echo 1 >$ksem/jobs/post
grep . $ksem/jobs/value $ksem/jobs/max

step "a kernel module, a shell and a C++ program take turns with it"
awk -F';' '/got a unit/ { print "kernel", $2; fflush() }' </dev/kmsg &
log=$!
insmod /lib/ksem/ksem_example.ko name=jobs
jobs.sh jobs 4 &
shell=$!
worker jobs 4 &
program=$!
wait $shell
wait $program

step "the module still holds it, so rmdir says so at once"
if rmdir $ksem/jobs; then exit 1; fi

step "without the module it goes"
rmmod ksem_example
kill $log
rmdir $ksem/jobs
[ ! -e $ksem/jobs ] && echo "gone"
