#!/bin/bash
# SPDX-License-Identifier: MIT
# What Bazel runs for a vm_test(): the test in a virtual machine, whose results
# become Bazel's XML.
#
# Usage: run_test.sh gtest|ktap VM-OPTION... -- COMMAND...
# Environment: KERNEL (its folder in the cache), MODULES, PROGRAMS (files),
# HOST_PROGRAMS (commands of this machine), SLOW (1 if the kernel is), and what
# Bazel sets. KSEM_STRESS goes on to the stress tests. KSEM_COVERAGE is
# tools/coverage.sh's folder: ksem.ko there counts what runs in it on the debug
# kernel; all counts go to runs/.
set -euo pipefail
KSEM_CACHE=$(dirname "$(dirname "$KERNEL")")
export KSEM_CACHE

format=$1
shift
options=(--kernel "$KERNEL")
for file in $MODULES; do options+=(--module "$file"); done
for file in $PROGRAMS; do options+=(--program "$file"); done
for name in $HOST_PROGRAMS; do
  options+=(--program "$(PATH=$PATH:/usr/sbin:/sbin command -v "$name")")
done
while [ "$1" != -- ]; do
  options+=("$1")
  shift
done
shift

results=$TEST_TMPDIR/results.xml
# GoogleTest knows both of Bazel's variables, and ktap.sh the filter, which is
# no filter only if it is not set.
if [ -n "$SLOW" ]; then : "${KSEM_STRESS:=0.2}"; fi
command=(env TMPDIR=/tmp "KSEM_STRESS=${KSEM_STRESS:-1}")
[ -z "${TESTBRIDGE_TEST_ONLY:-}" ] ||
  command+=("TESTBRIDGE_TEST_ONLY=$TESTBRIDGE_TEST_ONLY")
[ "$format" != gtest ] || command+=(XML_OUTPUT_FILE=/tmp/results)
if [ -n "${KSEM_COVERAGE:-}" ]; then
  options+=(--program tools/vm/counted.sh)
  [ "${KERNEL##*/}" != debug ] || options+=(--module "$KSEM_COVERAGE/ksem.ko")
  command=(counted.sh "${command[@]}")
fi

# The machine's own time limit, ahead of Bazel's, shows what hangs.
status=0
tools/vm.sh --timeout $((TEST_TIMEOUT - 20)) --results "$results" \
  --log "$TEST_UNDECLARED_OUTPUTS_DIR/kernel.log" "${options[@]}" \
  -- "${command[@]}" "$@" 2>"$TEST_TMPDIR/errors" |
  tee "$TEST_TMPDIR/output" || status=$?
cat "$TEST_TMPDIR/errors" >&2

if [ -n "${KSEM_COVERAGE:-}" ]; then
  run=$(mktemp -d "$KSEM_COVERAGE/runs/XXXXXX")
  tar -C "$run" -xzf "$results"
  mv "$run/results" "$results" 2>/dev/null || : >"$results"
fi
if [ "$format" = ktap ]; then
  awk -f tools/vm/ktap_to_xml.awk "$TEST_TMPDIR/output" >"$results"
fi

# A machine that failed without a failed case is one more case. If the test did
# not get as far as writing its results, Bazel makes that case.
xml_text() { tr -cd '\11\12\40-\176' | sed 's/&/\&amp;/g; s/</\&lt;/g'; }
if [ -s "$results" ]; then
  if [ $status -ne 0 ] && ! grep -q '<failure' "$results"; then
    sed -i '/<\/testsuites>/d' "$results"
    {
      echo '<testsuite name="machine" tests="1" failures="1">'
      echo '<testcase name="machine" classname="machine">'
      echo "<failure message=\"exit status $status\">"
      xml_text <"$TEST_TMPDIR/errors"
      echo '</failure></testcase></testsuite>'
      echo '</testsuites>'
    } >>"$results"
  fi
  cp "$results" "$XML_OUTPUT_FILE"
  if grep -q '<failure' "$results" && [ $status -eq 0 ]; then
    status=1
  fi
  if ! grep -q '<testcase' "$results"; then
    echo "run_test.sh: there was no case to run" >&2
    status=1
  fi
fi
exit $status
