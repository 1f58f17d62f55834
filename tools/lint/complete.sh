#!/bin/bash
# SPDX-License-Identifier: MIT
# A test that fails if a source file in the tree has no checker.
#
# Usage: complete.sh FILE, which has a line "CHECKER FILE" for each check.
set -euo pipefail

# files CONDITION…: the names of files in the tree that aren't Bazel's, git's or
# make's.
files() {
  find . \( -name .git -o -name 'bazel-*' -o -path ./packages -o -path ./.build \
    \) -prune -o -type f \( "$@" \) \
    -printf '%P\n'
}

# compat32.cc is for 32 bits, whose headers may not be there.
wanted() {
  files ! -name '*.md' | xargs -d '\n' grep -laE '^#!.*sh$|^# shellcheck shell=' |
    sed 's/^/shellcheck /'
  files -name '*.cc' | sed 's/^/clang-format /'
  files -name '*.cc' ! -name compat32.cc | sed 's/^/clang-tidy /'
  files -name '*.[ch]' | sed 's/^/style /'
}

checks=$(readlink -f "$1")
cd "$(dirname "$(readlink -f WORKSPACE)")"
missing=$(comm -23 <(wanted | sort) \
  <(sed -E 'p; s/^(clang-format|checkpatch) /style /' "$checks" | sort -u))
if [ -n "$missing" ]; then
  echo "Not checked:"
  echo "$missing"
  echo "Each BUILD file has to call lint(); //tools/lint:checks lists them all."
  exit 1
fi
