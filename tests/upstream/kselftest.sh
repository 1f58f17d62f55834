#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the kselftests of ksem by the kernel's own runner. Each case of each of its
# programs becomes one of ours.
set -e
# It is theirs to load ksem.ko, and to mount configfs.
modules=/lib/modules/$(uname -r)
mkdir -p "$modules"
ln -s /lib/ksem/ksem.ko "$modules"
echo ksem.ko: >"$modules/modules.dep"
umount /sys/kernel/config
mkdir -p /tmp/kselftest
tar -xzf /bin/kselftest.tar.gz -C /tmp/kselftest
# It writes there what the programs say.
ln -sf /proc/self/fd/1 /dev/stdout

# The runner puts a # before what a program says.
/tmp/kselftest/run_kselftest.sh -c ksem 2>&1 | awk '
  # Nothing is missing here, so nothing may be skipped.
  function add(line) {
    if (sub(/ # SKIP/, ": skipped:", line)) sub(/^ok/, "not ok", line)
    count++
    failed += line ~ /^not/
    sub(/ok [0-9]+/, "ok " count, line)
    print line
  }

  /^1\.\.[0-9]+/ { left = substr($1, 4); next }
  /^# (not )?ok [0-9]+ / { add(substr($0, 3)); next }
  /^(not )?ok [0-9]+ / { left--; add($0); next }
  { print "# " $0 }
  END {
    print "1.." count + left
    exit failed || left || !count
  }'
