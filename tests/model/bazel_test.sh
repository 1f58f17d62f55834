#!/bin/bash
# SPDX-License-Identifier: MIT
# run.sh for Bazel, which wants to know the cases by name.
set -uo pipefail

tests/model/run.sh "$@" | tee "$TEST_TMPDIR/output"
status=$?
awk -f tools/vm/ktap_to_xml.awk "$TEST_TMPDIR/output" >"$XML_OUTPUT_FILE"
exit $status
