#!/bin/bash
# SPDX-License-Identifier: MIT
# Measures ksem side by side with what one would use without it.
set -euo pipefail
export LC_ALL=C

usage() {
  cat <<'END'
Usage: tools/bench.sh [--json] [--kernel NAME] [ID…]
Builds ksem, measures it and its peers in virtual machines, and prints a table
of the figures, their ratio and the target. Without IDs it measures everything,
which takes half an hour once its kernels are there, and draws docs/bench.svg.

An ID that ends in * stands for all IDs that begin so.

  --json         print a list of {"id", "ours", "peer", "peer_name", "ratio",
                 "unit", "kernel"} instead
  --kernel NAME  measure on that kernel (default: 6.1; see tools/setup.sh)
  --list         print the IDs and what they are

Instructions are counted by QEMU; they come out the same every time. What is by
the clock is the median of runs that take turns, and depends on the machine.
All figures of an ID come from one boot.
END
}

die() {
  echo "bench.sh: $*" >&2
  exit 1
}

top=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
bench=$top/tools/bench
kernel=6.1 format=table ids=()

list() { awk -F'\t' '!/^#/ { printf "%-28s %s\n", $1, $8 }' "$bench/benchmarks.tsv"; }

while [ $# -gt 0 ]; do
  case $1 in
    --help)
      usage
      exit
      ;;
    --list)
      list
      exit
      ;;
    --json) format=json ;;
    --kernel)
      [ $# -ge 2 ] || die "$1 wants a value (see --help)"
      kernel=$2
      shift
      ;;
    -*) die "unknown option: $1 (see --help)" ;;
    *) ids+=("$1") ;;
  esac
  shift
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

select_benchmarks() {
  local id
  if [ ${#ids[@]} -eq 0 ]; then
    cat "$bench/benchmarks.tsv"
    return
  fi
  for id in "${ids[@]}"; do
    awk -F'\t' -v id="$id" 'BEGIN { any = sub(/[*]$/, "", id) }
      $1 == id || any && index($1, id) == 1 { print; found = 1 }
      END { exit !found }' "$bench/benchmarks.tsv" ||
      die "no benchmark '$id' (see --list)"
  done
}

# boot KIND KERNEL OPTION…: runs what is selected of that kind.
boot() {
  local kind=$1 on=$2 file commands options=("${@:3}")
  commands=$(awk -F'\t' -v kind="$kind" \
    '!/^#/ && $2 == kind && !($3 in seen) { seen[$3]; print $3 }' \
    "$work/selected")
  [ -n "$commands" ] || return 0
  build "$on"
  for file in "$top/bazel-bin/kernel/$on/ksem.ko" \
    "$top/bazel-bin/tools/bench/$on/"ksem_bench{,_rt}.ko; do
    options+=(--module "$file")
  done
  for file in "${programs[@]}" "$(command -v flock)"; do
    options+=(--program "$file")
  done
  # A kernel has things to do for some seconds after it has booted.
  "$top/tools/vm.sh" --kernel "$on" --timeout 3600 "${options[@]}" -- sh -ec "
    printf 'kernel\t%s\n' \"\$(uname -r)\"
    insmod /lib/ksem/ksem_bench.ko
    insmod /lib/ksem/ksem_bench_rt.ko
    sleep 5
    $commands" >>"$work/figures"
}

programs=()
build() {
  local name targets
  programs=("$top/bazel-bin/tools/ksem/ksem"
    "$top"/bazel-bin/fsclient/{posix/pair_posix,sysv/pair_sysv}
    "$top"/bazel-bin/fsclient/{posix/libksem-posix,sysv/libksem-sysv}.so)
  targets=(//fsclient/posix:{pair_posix,libksem-posix.so}
    //fsclient/sysv:{pair_sysv,libksem-sysv.so})
  while read -r name; do
    programs+=("$top/bazel-bin/tools/bench/$name")
    targets+=("//tools/bench:$name")
  done < <(grep -o '\<bench_[a-z_]*' "$bench/benchmarks.tsv" | sort -u)
  "$top/tools/setup.sh" "$1"
  (cd "$top" && bazel build --ui_event_filters=-info,-stdout --noshow_progress \
    "//kernel:ksem-$1" "//tools/bench:module-$1" //tools/ksem "${targets[@]}") ||
    die "the build failed"
}

select_benchmarks >"$work/selected"
: >"$work/figures"
boot icount "$kernel" --icount
boot icount-7 7 --icount
boot icount-rt 6.12-rt --icount
boot icount-trace rt-trace --icount
# Without these, QEMU's virtual CPUs take turns at reading a clock outside of them,
# with QEMU's one lock, which its timers need too.
# And on a host whose processors are all busy, its timers would be late by 3 ms.
clock=(--append "tsc=reliable clocksource=tsc" --prompt)
boot wall "$kernel" "${clock[@]}"
boot wall-1 "$kernel" --cpus 1 "${clock[@]}"
boot wall-4 "$kernel" --cpus 4 "${clock[@]}"

awk -f "$bench/rows.awk" "$work/selected" "$work/figures" >"$work/rows"
awk -f "$bench/$format.awk" "$work/rows"
if [ ${#ids[@]} -eq 0 ]; then
  mkdir -p "$top/docs"
  awk -f "$bench/chart.awk" "$work/rows" >"$top/docs/bench.svg"
fi
