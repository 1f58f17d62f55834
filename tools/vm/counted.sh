#!/bin/sh
# SPDX-License-Identifier: MIT
# For tools/coverage.sh: runs a command in the machine, then adds to its results
# what gcov has counted, of programs and of the kernel's modules.
export GCOV_PREFIX=/tmp/counted
mkdir -m 777 "$GCOV_PREFIX"
"$@"
status=$?

find /sys/kernel/debug/gcov -name '*.gcda' 2>/dev/null | while read -r file; do
  copy=$GCOV_PREFIX/${file#/sys/kernel/debug/gcov/}
  mkdir -p "${copy%/*}"
  cat "$file" >"$copy"
done
if [ -e /tmp/results ]; then mv /tmp/results "$GCOV_PREFIX"; fi
tar -C "$GCOV_PREFIX" -czf /tmp/results .
exit $status
