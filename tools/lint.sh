#!/bin/bash
# SPDX-License-Identifier: MIT
# Looks at all sources with the checkers for their language.
set -euo pipefail

usage() {
  cat <<'END'
Usage: tools/lint.sh
Checks the sources that have changed since the last time: shellcheck,
clang-format, clang-tidy, checkpatch --strict, sparse and clang's analyzer (the
modules), and whether README.md quotes the files as they are. Prints what they
find; the last line is "N passed, N failed". Needs the kernels 6.1 and debug of
tools/setup.sh.

Exit status: 0 if all passed.
END
}

if [ "${1:-}" = --help ]; then
  usage
  exit
fi
cd "$(dirname "${BASH_SOURCE[0]}")/.."
events=$(mktemp)
trap 'rm -f "$events"' EXIT
bazel test --keep_going --curses=no --show_progress_rate_limit=30 \
  --test_tag_filters=lint --build_tests_only --test_summary=none \
  --build_event_json_file="$events" //... || true
python3 tools/count_results.py "$events"
