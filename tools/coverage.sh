#!/bin/bash
# SPDX-License-Identifier: MIT
# Which lines of ksem the tests run.
set -euo pipefail

usage() {
  cat <<'END'
Usage: tools/coverage.sh [TARGET…]
Runs tests (default: the module's on the debug kernel, those of the libraries
and the command on 6.1) with code that counts, and prints a table of files: lines
with code, how many were run, and in percent; then each line that was not run.
It takes half an hour on two processors. Needs these kernels of tools/setup.sh.

What a process counts is lost if it is killed, leaves by _exit() or isn't root's.

Exit status: 0, or 1 if a test failed; the table comes all the same.

Environment:
  KSEM_CACHE  the cache (default: $XDG_CACHE_HOME/ksem or ~/.cache/ksem)
END
}

if [ "${1:-}" = --help ]; then
  usage
  exit
fi
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=${KSEM_CACHE:-${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/ksem}
build=$build/kernels/debug/build
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

build_module() {
  cp -rL kernel "$work/kernel"
  if ! make -C "$build" M="$work/kernel" GCOV_PROFILE=y KCOV_INSTRUMENT=y \
    modules >"$work/log" 2>&1; then
    cat "$work/log" >&2
    exit 1
  fi
  mv "$work/kernel/ksem.ko" "$work"
}

default_targets() {
  bazel query --noshow_progress 'filter("-debug$", tests(//tests/...)) +
    filter("-6.1$", tests(//fsclient/...) + tests(//tools/ksem/...))'
}

# The compiler leaves its notes in Bazel's output folder, which no sandbox may
# take away.
run_tests() {
  mkdir "$work/runs"
  bazel test --keep_going --curses=no --show_progress_rate_limit=60 \
    --platform_suffix=-coverage --spawn_strategy=local --linkopt=--coverage \
    --per_file_copt='^fsclient/([a-z]+/)?src/,^tools/ksem/[^/]*$@--coverage,-fprofile-update=atomic' \
    --test_env="KSEM_COVERAGE=$work" "$@" >&2
}

# What gcov says of each object of each run, one after the other.
all_counts() {
  local run file notes
  for run in "$work"/runs/*; do
    find "$run" -name '*.gcda' | while read -r file; do
      notes=${file#"$run"}
      cp "${notes%.gcda}.gcno" "${file%.gcda}.gcno"
      gcov -t "$file" 2>/dev/null
    done
  done
}

# "COUNT: LINE:TEXT" after "-: 0:Source:FILE". Several runs and objects have the
# same file.
report() {
  awk -F: -v top="$work/" '
    function row(name, all, run) {
      printf "%-42s %6d %6d %6.1f\n", name, all, run, 100 * run / all
    }

    $2 + 0 == 0 && $3 == "Source" {
      file = $4
      if (index(file, top) == 1)
        file = substr(file, length(top) + 1)
      # KUnit has them in a kernel tree. Its compiler sees code in more lines; those
      # of the module count.
      kunit = sub("^.*/drivers/misc/ksem/", "kernel/", file)
      sub("^.*/include/trace/events/ksem", "kernel/include/trace/events/ksem", file)
      ours = file ~ "^(kernel|fsclient|tools/ksem)/" && file !~ "_kunit[.]c$"
      next
    }
    ours && $2 > 0 && $1 !~ /^ *-$/ {
      line = $2 + 0
      if (line > last[file])
        last[file] = line
      if (!kunit)
        known[file] = code[file, line] = 1
      hit[file, line] += $1
      text[file, line] = substr($0, 17)
    }
    END {
      printf "%-42s %6s %6s %6s\n", "File", "Lines", "Run", "%"
      for (file in last)
        print file | "sort >" top "files"
      close("sort >" top "files")
      while ((getline file < (top "files")) > 0) {
        all = run = 0
        for (line = 1; line <= last[file]; line++) {
          if (!((file, line) in hit) || file in known && !((file, line) in code))
            continue
          all++
          if (hit[file, line] > 0)
            run++
          else
            left = left file ":" line ":" text[file, line] "\n"
        }
        row(file, all, run)
        part = file
        sub("/(src|include)/.*|/[^/]*$", "", part)
        part_all[part] += all
        part_run[part] += run
      }
      print ""
      for (part in part_all)
        row("all of " part, part_all[part], part_run[part])
      printf "\nNot run:\n%s", left
    }'
}

build_module
targets=("$@")
if [ $# -eq 0 ]; then mapfile -t targets < <(default_targets); fi
status=0
run_tests "${targets[@]}" || status=1
all_counts | report
exit $status
