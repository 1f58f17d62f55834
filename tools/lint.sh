#!/bin/bash
# SPDX-License-Identifier: MIT
# Looks at all sources with the checkers for their language.
set -euo pipefail

usage() {
  cat <<'END'
Usage: tools/lint.sh
Says "ok" or "not ok" in KTAP for each file and checker: shellcheck,
clang-format, clang-tidy, checkpatch --strict, sparse and clang's analyzer (the
modules), and whether README.md quotes the files as they are. Needs the kernels
6.1 and debug of tools/setup.sh.

Environment:
  KSEM_CACHE  the cache (default: $XDG_CACHE_HOME/ksem or ~/.cache/ksem)
END
}

kernels=${KSEM_CACHE:-${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/ksem}/kernels
export kernels

# files FOLDER... -- CONDITION...: of what is not Bazel's or git's.
files() {
  local folders=()
  while [ "$1" != -- ]; do
    folders+=("$1")
    shift
  done
  find "${folders[@]}" \( -name .git -o -name 'bazel-*' \) -prune -o \
    -type f \( "${@:2}" \) -print | sort
}

# All there is to check, as "CHECKER FILE".
checks() {
  files . -- -true | xargs -d '\n' grep -laE '^#!.*sh$|^# shellcheck shell=' |
    sed 's/^/shellcheck /'
  files fsclient tests tools -- ! -path 'tests/module/*' -name '*.[ch]*' |
    grep -E '\.(cc|h)$' | sed 's/^/clang_format /'
  # Of compat32.cc, all is for 32 bits.
  files fsclient tests tools -- -name '*.cc' ! -name compat32.cc |
    sed 's/^/clang_tidy /'
  files kernel tests/module -- -name '*.[ch]' | sed 's/^/checkpatch /'
  echo "readme README.md"
  printf '%s\n' {sparse,analyzer}" "{kernel,tests/module}
}

check_shellcheck() { shellcheck "$1"; }

check_clang_format() { clang-format --dry-run -Werror "$1"; }

# Tests and benchmarks make up their numbers, needn't be fast where nobody looks,
# and may end by an exception. The analyzer would take minutes for GoogleTest.
check_clang_tidy() {
  local checks=
  if [[ $1 == *tests/* || $1 == *bench/* ]]; then
    checks='-clang-analyzer-*,-performance-*,-bugprone-narrowing-conversions'
    checks+=',-bugprone-implicit-widening-*,-bugprone-switch-missing-default-case'
    checks+=',-bugprone-exception-escape'
  fi
  clang-tidy-19 --quiet --checks="$checks" "$1" -- -std=c++20 -Wall -Wextra \
    -I. -Ifsclient/include
}

check_readme() { awk -f tools/readme_check.awk "$1"; }

# What is built for several kernels has to ask for their versions; a macro that
# defines something by name uses the name more than once.
check_checkpatch() {
  perl "$kernels/debug/build/scripts/checkpatch.pl" --no-tree --strict \
    --terse --quiet \
    --ignore LINUX_VERSION_CODE,CONSTANT_COMPARISON,MACRO_ARG_REUSE -f "$1"
}

# build FOLDER KERNEL OPTION…: what Kbuild says that checks FOLDER, in a copy; a
# module of the tests needs ksem's next to it.
build() {
  local copy build=$kernels/$2/build
  copy=$(mktemp -d "$results/build.XXXXXX")
  cp -rL kernel "$1" "$copy"
  if [ "$1" != kernel ]; then
    make -C "$build" M="$copy/kernel" modules >"$copy/log" 2>&1
  fi
  make -C "$build" M="$copy/${1##*/}" KSEM="$copy/kernel" C=2 "${@:3}" modules \
    >"$copy/log" 2>&1 && ! grep -E -A20 'warning:|error:' "$copy/log"
}

check_sparse() { build "$1" 6.1; }

# Without KASAN, which is gcc's, and the paravirtual calls of Debian's kernel,
# whose macros read what is not set.
check_analyzer() {
  build "$1" debug KASAN_SANITIZE=n CHECK="$PWD/tools/analyze.sh" CHECKFLAGS=
}

# check NUMBER CHECKER FILE: leaves its result in $results/NUMBER.
check() {
  local status=ok
  "check_$2" "$3" >"$results/said.$1" 2>&1 || status="not ok"
  {
    if [ "$status" != ok ]; then sed 's/^/# /' "$results/said.$1"; fi
    echo "$status $1 - ${2/_/-} ${3#./}"
  } >"$results/$1"
}

if [ "${1:-}" = --help ]; then
  usage
  exit
fi
cd "$(dirname "${BASH_SOURCE[0]}")/.."
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
export results
export -f build check check_shellcheck check_clang_format check_clang_tidy \
  check_checkpatch check_readme check_sparse check_analyzer

# shellcheck disable=SC2016  # for the other shell
checks | nl -w1 -s' ' | xargs -P "$(nproc)" -L1 bash -c 'check "$@"' -
count=$(find "$results" -name 'said.*' | wc -l)
for number in $(seq "$count"); do cat "$results/$number"; done
echo "1..$count"
! grep -qs '^not ok' "$results"/*
