#!/bin/bash
# SPDX-License-Identifier: MIT
# From a bare Debian 12 to "N passed, N failed".
set -euo pipefail

usage() {
  cat <<'END'
Usage: tools/test.sh [--quick | --all]
Sets the machine up (root or sudo), builds everything, and runs the checkers and
all tests in virtual machines: on Debian's 6.1 and on a debug kernel, a few on
arm64, with --all on every kernel tools/setup.sh knows but rt-trace. The packages
are installed in Debian 12, with --all in Debian 13 and on arm64, too, and that is
booted. --all also has clang-tidy read the tests, lays the module into a kernel tree
and checks that (tools/upstream.sh), and runs the tests that are for such a tree. The
last line is "N passed, N failed".

--quick finds most mistakes in five minutes: it runs the tests that are tagged
"quick", on 6.1 only, and the checkers; but clang-tidy only on folders with files
that aren't committed or that the last commit changed.

Exit status: 0 if all passed.

Environment:
  KSEM_CACHE  where the kernels are kept (default: $XDG_CACHE_HOME/ksem or
              ~/.cache/ksem)
END
}

say() { printf '\n== %s\n' "$*" >&2; }

kernels=(6.1 debug arm64 debian12)
targets=(//...)
case ${1:-} in
  '') ;;
  --quick) kernels=(6.1) ;;
  --all)
    kernels+=(6.12 6.12-rt 7 kcsan lockdep arm64-rt source)
    kernels+=(debian12-arm64 debian13 debian13-rt debian13-arm64)
    ;;
  --help)
    usage
    exit
    ;;
  *)
    usage >&2
    exit 2
    ;;
esac

cd "$(dirname "${BASH_SOURCE[0]}")/.."
HOME=${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}
export HOME
exec </dev/null
shopt -s nullglob
results=$(mktemp -d)
clean_up() {
  rm -rf "$results"
  [ -z "${CI:-}" ] || bazel shutdown
}
trap clean_up EXIT

# Prints the folders with a BUILD file in which something changed.
changed_folders() {
  local file
  {
    git diff --name-only HEAD~1 || git ls-files
    git ls-files --others --exclude-standard
  } | while read -r file; do
    until [ -e "${file%/*}/BUILD" ] || [[ $file != */* ]]; do
      file=${file%/*}
    done
    [[ $file != */* ]] || echo "${file%/*}"
  done | sort -u
}

say "setting up"
tools/setup.sh "${kernels[@]}"

say "checking, building and testing"
case ${1:-} in
  # Tests that want to be asked for.
  --all)
    mapfile -t -O 1 targets < <(bazel query --noshow_progress \
      'attr(tags, "manual", tests(//...)) except filter("-rt-trace$", //...)')
    ;;
  --quick)
    mapfile -t targets < <(bazel query --noshow_progress \
      "attr(tags, '\\bquick\\b', tests(//...)) +
       attr(name, '^lint_tidy', set($(changed_folders | sed 's|.*|//&:all|')))")
    ;;
esac
bazel test --keep_going --curses=no --show_progress_rate_limit=30 \
  --build_event_json_file="$results/events" "${targets[@]}" || true

if [ "${1:-}" = --all ]; then
  say "laying the module into a kernel tree"
  tools/upstream.sh --check >"$results/upstream" ||
    echo 'not ok - tools/upstream.sh --check' >>"$results/upstream"
  grep -v '^ok' "$results/upstream" >&2
  awk -f tools/vm/ktap_to_xml.awk "$results/upstream" >"$results/upstream.xml"
fi

say "results"
python3 tools/count_results.py "$results/events" "$results"/*.xml
