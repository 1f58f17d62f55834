#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs the KUnit tests of ksem in User Mode Linux, by the kernel's own kunit.py.
#
# Usage: kunit.sh SOURCE TREE BUILD
# TREE is a kernel tree into which ksem is laid; it is made of links to SOURCE if it
# isn't there. What is built stays in BUILD. With KSEM_COVERAGE, the folder of
# tools/coverage.sh, gcov counts, and the counts go to runs/ there.
set -euo pipefail
source=$1 tree=$2 build=$3${KSEM_COVERAGE:+-coverage}
driver=$tree/drivers/misc/ksem

[ -e "$source/tools/testing/kunit/kunit.py" ] || {
  echo "no kernel source in $source; run: tools/setup.sh source" >&2
  exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

make_tree() {
  mkdir -p "$tree.new"
  cp -rs "$(realpath "$source")"/[!.]* "$tree.new"
  mv "$tree.new" "$tree"
}

# put TO < TEXT: what didn't change isn't compiled again.
put() {
  cat >"$work/text"
  cmp -s "$work/text" "$1" || install -m 644 "$work/text" "$1"
}

# shellcheck disable=SC2016  # make's variables
lay() {
  local file to
  (cd kernel && find . -name '*.[ch]') | while read -r file; do
    to=$driver/$file
    case $file in ./include/*) to=$tree/$file ;; esac
    mkdir -p "${to%/*}"
    put "$to" <"kernel/$file"
  done
  for file in tests/kunit/*.c; do put "$driver/${file##*/}" <"$file"; done
  {
    sed 's/^obj-m := /obj-$(CONFIG_KSEM) += /; /^ccflags/d' kernel/Kbuild
    for file in tests/kunit/*.c; do
      file=${file##*/}
      echo "obj-\$(CONFIG_KSEM_KUNIT_TEST) += ${file%.c}.o"
    done
  } | put "$driver/Makefile"
  {
    cat kernel/Kconfig
    echo
    cat tests/kunit/Kconfig
  } | put "$driver/Kconfig"
  {
    sed '/ksem/d; /^endmenu/d' "$source/drivers/misc/Kconfig"
    printf 'source "drivers/misc/ksem/Kconfig"\nendmenu\n'
  } | put "$tree/drivers/misc/Kconfig"
  {
    sed '/ksem/d' "$source/drivers/misc/Makefile"
    echo 'obj-$(CONFIG_KSEM) += ksem/'
  } | put "$tree/drivers/misc/Makefile"
}

# Not all that a kernel has by default: it takes a third of the time to build.
config() {
  cat tests/kunit/.kunitconfig
  echo CONFIG_EXPERT=y
  printf '# CONFIG_%s is not set\n' BLOCK INPUT HID_SUPPORT IO_URING AIO \
    PERF_EVENTS PROC_FS NLS
  [ -z "${KSEM_COVERAGE:-}" ] || printf 'CONFIG_%s=y\n' DEBUG_KERNEL \
    DEBUG_INFO_DWARF_TOOLCHAIN_DEFAULT GCOV
}

# Counts of ours, where tools/coverage.sh expects them.
keep_counts() {
  local run file
  run=$(mktemp -d "$KSEM_COVERAGE/runs/XXXXXX")
  find "$(realpath "$build")/drivers/misc/ksem" -name '*.gcda' |
    while read -r file; do
      mkdir -p "$run${file%/*}"
      cp "$file" "$run$file"
    done
}

[ -e "$tree" ] || make_tree
lay
config >"$work/kunitconfig"
mkdir -p "$build"
find "$build/" -name '*.gcda' -delete
status=0
(cd "$tree" && nice -n 5 tools/testing/kunit/kunit.py run --build_dir="$build" \
  --kunitconfig="$work/kunitconfig" --jobs="$(nproc)" --timeout=1200 \
  --raw_output=all 'ksem*') >"$work/out" 2>&1 || status=$?
[ -z "${KSEM_COVERAGE:-}" ] || keep_counts

# Each case is one of ours, and each text that a case is repeated with.
awk '
  { sub(/\r$/, "") }
  /^ +(not )?ok [0-9]+ / {
    sub(/^ +/, "")
    count++
    failed += /^not/
    sub(/ok [0-9]+/, "ok " count)
    print
    next
  }
  { print "# " $0 }
  END { print "1.." count + !count; exit failed || !count }' "$work/out" |
  tee "$work/ktap" || status=1
awk -f tools/vm/ktap_to_xml.awk "$work/ktap" >"${XML_OUTPUT_FILE:-$work/xml}"
exit "$status"
