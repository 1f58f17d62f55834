# shellcheck shell=dash
# SPDX-License-Identifier: MIT
# For shell tests: cases, reported as KTAP. A test ends like this:
#
#   . ktap.sh
#   check "a post raises the value" post_raises   # a function, run under set -e
#   …
#   finish

ktap_count=0
ktap_failed=0

# check NAME COMMAND…: runs COMMAND in a subshell; what it prints, each line with
# a #, is shown. With --test_filter, only cases whose names have that in them.
check() {
  ktap_name=$1
  shift
  case $ktap_name in
    *"${TESTBRIDGE_TEST_ONLY:-}"*) ;;
    *) return 0 ;;
  esac
  ktap_count=$((ktap_count + 1))
  (
    set -e
    "$@"
  ) >"${TMPDIR:-/tmp}/ktap.out" 2>&1
  ktap_status=$?
  sed 's/^/# /' "${TMPDIR:-/tmp}/ktap.out"
  if [ $ktap_status -eq 0 ]; then
    echo "ok $ktap_count - $ktap_name"
  else
    ktap_failed=$((ktap_failed + 1))
    echo "# exit status $ktap_status"
    echo "not ok $ktap_count - $ktap_name"
  fi
}

finish() {
  echo "1..$ktap_count"
  [ $ktap_failed -eq 0 ]
  exit
}

# soon COMMAND…: waits until COMMAND succeeds, for ten minutes at most: longer
# than the slowest machine takes.
soon() {
  ktap_tries=0
  until ktap_said=$("$@" 2>&1); do
    ktap_tries=$((ktap_tries + 1))
    if [ $ktap_tries -gt 6000 ]; then
      echo "still not after ten minutes: $* $ktap_said"
      return 1
    fi
    sleep 0.1
  done
}

# is FILE TEXT: FILE, of one line, has TEXT in it.
is() {
  ktap_text=$(cat "$1") || return
  if [ "$ktap_text" != "$2" ]; then
    echo "$1 is '$ktap_text', not '$2'"
    return 1
  fi
}

# fails_with TEXT COMMAND…: COMMAND fails, within ten minutes, and says TEXT.
fails_with() {
  ktap_text=$1
  shift
  if ktap_said=$(timeout 600 "$@" 2>&1); then
    echo "did not fail: $*"
    return 1
  fi
  case $ktap_said in
    *"$ktap_text"*) ;;
    *)
      echo "$*: '$ktap_said', not '$ktap_text'"
      return 1
      ;;
  esac
}
