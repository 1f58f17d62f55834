#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs the KUnit tests of ksem in User Mode Linux, by the kernel's own kunit.py.
#
# Usage: kunit.sh SOURCE TREE BUILD
# TREE is a clone of SOURCE, into which tools/upstream.sh lays ksem. What is built
# stays in BUILD. With KSEM_COVERAGE, the folder of tools/coverage.sh, gcov counts,
# and the counts go to runs/ there.
set -euo pipefail
source=$1 tree=$2 build=$3${KSEM_COVERAGE:+-coverage}

[ -e "$source/tools/testing/kunit/kunit.py" ] || {
  echo "no kernel source in $source; run: tools/setup.sh source" >&2
  exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# User Mode Linux doesn't boot without.
export HOME=${HOME:-$work}

# A newer source takes the place of the old one.
make_tree() {
  [ "$(git -C "$tree" rev-parse -q --verify refs/ksem/base 2>/dev/null)" != \
    "$(git -C "$source" rev-parse master)" ] || return 0
  rm -rf "$tree"
  git clone -q --branch master "$source" "$tree"
}

# Not all that a kernel has by default: it takes a third of the time to build.
config() {
  cat "$tree/drivers/misc/ksem/.kunitconfig"
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

# User Mode Linux calls only those functions at its end that have no priority, and so
# not those in which gcc since version 7 writes the counts.
call_gcov() {
  local script=$tree/arch/um/include/asm/common.lds.S
  sed -i 's/\*(\.fini_array)/*(.fini_array.* .fini_array)/' "$script"
  grep -q 'fini_array\.\*' "$script"
  trap 'git -C "$tree" checkout -q arch/um; rm -rf "$work"' EXIT
}

make_tree
tools/upstream.sh --tree "$tree"
[ -z "${KSEM_COVERAGE:-}" ] || call_gcov
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
