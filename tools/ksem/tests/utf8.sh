#!/bin/bash
# SPDX-License-Identifier: MIT
# Names where UTF-8 is shown, which takes a locale of this machine. Semaphores are
# directories of a root of our own: no kernel takes part.
set -uo pipefail
cd tools/ksem || exit
export KSEM_ROOT=$TEST_TMPDIR/root LC_ALL=C.UTF-8
failed=0

# shown NAME WANTED: as ls shows it.
shown() {
  mkdir -p "$KSEM_ROOT/$1"
  local got
  got=$(./ksem ls)
  rmdir "$KSEM_ROOT/$1"
  [ "$got" = "$2" ] && return
  printf "'%s', not '%s'\n" "$got" "$2"
  failed=1
}

shown é日 é日
# Without them two names would look alike.
shown $'a\u00adé' 'a\xc2\xadé'
shown $'a\u034fé' 'a\xcd\x8fé'
shown $'a\u061cé' 'a\xd8\x9cé'
shown $'a\u180eé' 'a\xe1\xa0\x8eé'
shown $'a\u200bé' 'a\xe2\x80\x8bé'
shown $'a\u202eé' 'a\xe2\x80\xaeé'
shown $'a\u3164é' 'a\xe3\x85\xa4é'
shown $'a\ufeffé' 'a\xef\xbb\xbfé'
shown $'a\U000e0000é' 'a\xf3\xa0\x80\x80é'
shown $'a\U000e007fé' 'a\xf3\xa0\x81\xbfé'
exit $failed
