#!/bin/bash
# SPDX-License-Identifier: MIT
# Checks a file and writes the result, in KTAP without a number.
#
# Usage: check.sh RESULT CHECKER FILE [ARGUMENT…]
# Environment: KERNEL, the folder of a kernel, for those that need one.
#
# Fails only if the checker couldn't do its work: Bazel keeps the result of what
# doesn't fail.
set -euo pipefail

check_shellcheck() { shellcheck "$1"; }

check_clang-format() { clang-format --dry-run -Werror "$1"; }

# Tests and benchmarks make up their numbers, needn't be fast, and may end by an
# exception. The analyzer would take minutes for GoogleTest.
tests='-clang-analyzer-*,-performance-*,-bugprone-narrowing-conversions'
tests+=',-bugprone-implicit-widening-*,-bugprone-switch-missing-default-case'
tests+=',-bugprone-exception-escape'
# These look at so many places in GoogleTest's headers that they are 40 % of the time.
for check in assert-side-effect chained-comparison inc-dec-in-conditions \
  infinite-loop multiple-statement-macro reserved-identifier standalone-empty \
  stringview-nullptr suspicious-semicolon suspicious-string-compare \
  undelegated-constructor; do
  tests+=,-bugprone-$check
done
tests+=',-misc-unused-using-decls'
# They would take minutes for CLI11.
command='-clang-analyzer-*,-performance-unnecessary-value-param'

# check_clang-tidy FILE UNUSED HEADER…: the headers that FILE doesn't include go to
# the file UNUSED, so that Bazel ignores their changes.
check_clang-tidy() {
  local file=$1 unused=$2 checks='' options=(-Wall -Wextra -I. -Ifsclient/include)
  shift 2
  case $file in
    *tests/* | *bench/*) checks=$tests ;;
    tools/ksem/*) checks=$command ;;
  esac
  case $file in
    *.c) options+=(-std=gnu17) ;;
    # Debian 12's Asio knows of gcc's coroutines only.
    */coroutine.cc)
      options+=(-std=c++20 -DASIO_HAS_CO_AWAIT -DASIO_HAS_STD_COROUTINE)
      ;;
    *) options+=(-std=c++20) ;;
  esac
  : >"$unused"
  if clang -MM "${options[@]}" "$file" >"$work/used" 2>/dev/null; then
    tr -s ' \134' '\n' <"$work/used" | sed 's|^\./||' >"$work/names"
    printf '%s\n' "$@" | grep -vxFf "$work/names" >"$unused" || true
  fi
  clang-tidy-19 --quiet --checks="$checks" "$file" -- "${options[@]}"
}

# What is built for several kernels has to ask for their versions; a macro that
# defines something by name uses the name more than once.
check_checkpatch() {
  perl "$KERNEL/build/scripts/checkpatch.pl" --no-tree --strict --terse \
    --quiet --ignore LINUX_VERSION_CODE,CONSTANT_COMPARISON,MACRO_ARG_REUSE \
    -f "$1"
}

check_readme() { awk -f tools/lint/readme.awk "$1"; }

# build COPY OPTION…: what Kbuild says that checks a module, built in a copy of
# its sources that the script COPY makes.
build() (
  # shellcheck source=/dev/null  # sets another $work
  . "$1"
  make -C "$KERNEL/build" M="$work/src" KSEM="$work/ksem" C=2 "${@:2}" modules \
    >"$work/log" 2>&1 || {
    tail -n 40 "$work/log"
    exit 1
  }
  ! grep -E -A20 'warning:|error:' "$work/log" | sed "s|$work/src/||"
)

check_sparse() { build "$2"; }

# Without KASAN, which is gcc's.
check_analyzer() {
  build "$2" KASAN_SANITIZE=n CHECK="$PWD/tools/lint/analyze.sh" CHECKFLAGS=
}

result=$1 checker=$2 file=$3
if [ "$checker" = checkpatch ] && [ -z "${KERNEL:-}" ]; then
  echo "ok - $checker $file # SKIP it comes with the debug kernel" >"$result"
  exit
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
said=$work/said
status=0
"check_$checker" "${@:3}" >"$said" 2>&1 || status=$?
# The checker isn't there, or a signal ended it.
if [ $status -ge 126 ]; then
  cat "$said" >&2
  exit $status
fi
if [ $status = 0 ]; then
  echo "ok - $checker $file" >"$result"
else
  sed "s|$PWD/||g; s/^/# /" "$said" >"$result"
  echo "not ok - $checker $file" >>"$result"
fi
