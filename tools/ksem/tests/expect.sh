# shellcheck shell=dash
# SPDX-License-Identifier: MIT
# What the tests of the command say about a command that has run.
# shellcheck source=tests/ktap.sh
. ktap.sh

root=/sys/kernel/config/ksem

# exits STATUS COMMAND…: it ends with STATUS; its output is in $out and $err.
out=/tmp/expect.out
err=/tmp/expect.err
exits() {
  wanted=$1
  shift
  got=0
  "$@" >"$out" 2>"$err" || got=$?
  if [ "$got" -ne "$wanted" ]; then
    echo "exit status $got, not $wanted: $*"
    cat "$out" "$err"
    return 1
  fi
}

# has FILE TEXT: TEXT is somewhere in FILE.
has() {
  grep -qF -e "$2" "$1" && return
  echo "$1 lacks '$2':"
  cat "$1"
  return 1
}

# lacks FILE REGEX: no byte of it matches.
lacks() {
  if LC_ALL=C grep -aE -e "$2" "$1"; then
    echo "^ $1 has '$2'"
    return 1
  fi
}

# says TEXT COMMAND…: it ends with status 2, and has said TEXT.
says() {
  text=$1
  shift
  exits 2 "$@"
  has "$err" "$text"
}

# blocked NAME [N]: so many wait on it.
blocked() {
  soon is "$root/$1/waiters" "${2:-1}"
}

# ends STATUS PID: a background job.
ends() {
  got=0
  wait "$2" || got=$?
  [ "$got" -eq "$1" ] && return
  echo "exit status $got, not $1"
  return 1
}

# full_pipe: nobody reads /tmp/pipe, and nothing more fits into it.
full_pipe() {
  rm -f /tmp/pipe
  mkfifo /tmp/pipe
  exec 3<>/tmp/pipe
  dd if=/dev/zero of=/tmp/pipe bs=65536 count=1 2>/dev/null
}

# anew NAME [OPTION…]: in the place of any that is there, used or not; value 0
# and no ceiling, as with mkdir, unless told otherwise.
anew() {
  if [ -e "$root/$1" ]; then
    echo 1 >"$root/$1/shutdown"
    soon ksem rm "$1"
  fi
  case " $* " in
    *" --value "*) ;;
    *) set -- "$@" --value 0 ;;
  esac
  ksem create "$@"
}
