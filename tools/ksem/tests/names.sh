#!/bin/sh
# SPDX-License-Identifier: MIT
# Names that a shell, a terminal or a parser could choke on.
# shellcheck source=tools/ksem/tests/expect.sh
. expect.sh

# decode FORMAT: into $name.
decode() {
  # shellcheck disable=SC2059
  name=$(printf ":$1")
  name=${name#:}
}

# Every verb takes the name as it is.
works() {
  decode "$1"
  ksem create --value 0 -- "$name"
  [ -d "$root/$name" ]
  ksem post -- "$name"
  ksem run -- "$name:1" -- true # with a number it is no mark
  ksem run -c true -- "$name:1"
  ksem try -- "$name"
  ksem set --value 2 -- "$name"
  exits 0 ksem show -- "$name"
  exits 0 ksem ls
  [ "$(wc -l <"$out")" -eq 1 ]
  # Nothing that a terminal would act on.
  lacks "$out" '[^ -~]'
  ksem rm -- "$name"
}

in_json() {
  decode "$1"
  mkdir "$root/$name"
  exits 0 ksem ls --json
  rmdir "$root/$name"
  jq -e --arg name "$name" '.[0].name == $name' "$out"
}

# What a message says to type makes the semaphore.
can_be_typed() {
  decode "$1"
  exits 2 ksem show -- "$name"
  [ "$(wc -l <"$err")" -eq 1 ]
  lacks "$err" '[^ -~]'
  sed 's/.*to make it: //' "$err" >/tmp/typed
  sh /tmp/typed
  [ -d "$root/$name" ]
  rmdir "$root/$name"
}

# As printf has them.
while read -r format; do
  check "$format: works" works "$format"
  check "$format: is one JSON string" in_json "$format"
  check "$format: can be typed" can_be_typed "$format"
done <<'END'
two words
-dash
--help
--
-
[a,b]
it's
a"b
back\\slash
$(reboot)
`reboot`;*?~
#x
...
%%s%%n
\303\251\346\227\245
\302\233[31m
\342\200\256abc
\342\200\213
\360\237\230\200
END

not_utf8() {
  for bytes in '\377' 'a\200' '\303' '\300\257' '\355\240\200' \
    '\364\220\200\200'; do
    works "x$bytes"
    can_be_typed "x$bytes"
    mkdir "$root/$name"
    exits 0 ksem ls --json
    rmdir "$root/$name"
    jq -e '.[0].name | startswith("x") or startswith("x\ufffd")' "$out"
  done
}

# The kernel refuses them: an errno, and a message of one line all the same.
refused() {
  for bytes in 'a\nb' 'a\033[31mb' 'a\tb' 'a\177b'; do
    decode "$bytes"
    exits 2 ksem create "$name"
    [ "$(wc -l <"$err")" -eq 1 ]
    has "$err" "not a valid name"
    lacks "$err" '[^ -~]'
  done
}

# Elsewhere such a directory can be.
escaped() {
  mkdir -p /tmp/root
  mkdir "/tmp/root/$(printf 'a\nb')" "/tmp/root/$(printf '\033]0;x\007')" \
    '/tmp/root/a\nb'
  KSEM_ROOT=/tmp/root ksem ls >"$out"
  printf '%s\n' '\x1b]0;x\x07' 'a\nb' 'a\\nb' | cmp - "$out"
}

check "names that are not UTF-8" not_utf8
check "control characters are refused" refused
check "control characters are shown escaped" escaped
finish
