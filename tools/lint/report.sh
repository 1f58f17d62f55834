#!/bin/sh
# SPDX-License-Identifier: MIT
# A test that reports the results of checks: what they found, and how many there
# were; all of them for Bazel.
#
# Usage: report.sh FILE, which has the names of the results' files.
set -eu

ktap=$TEST_TMPDIR/ktap
xargs -r cat <"$1" | awk '
  /^(not )?ok/ { sub(/ok/, "ok " ++count) }
  { print }
  END { print "1.." count }
' >"$ktap"
awk -f tools/vm/ktap_to_xml.awk "$ktap" >"$XML_OUTPUT_FILE"
grep -v '^ok' "$ktap"
! grep -q '^not ok' "$ktap"
