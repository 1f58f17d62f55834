#!/bin/sh
# SPDX-License-Identifier: MIT
# Unchanged programs that know sem_open or semop, by the C library and by ours.

# Prints figures of an id: the peer's, with our library, and with both as the
# command loads them.
figures() {
  figure=$("$4")
  printf '%s\t%s\t%s\n' "$1" "$2" "$figure" "$1-exec" "$2" "$figure"
  printf '%s\tksem\t%s\n' "$1" "$(LD_PRELOAD=/bin/$3 "$4")"
  printf '%s\tksem\t%s\n' "$1-exec" "$(ksem exec -- "$4")"
}
figures pair-posix "glibc sem_open" libksem-posix.so pair_posix
figures pair-sysv "System V semop" libksem-sysv.so pair_sysv
