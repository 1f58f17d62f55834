#!/bin/bash
# SPDX-License-Identifier: MIT
# The description for syzkaller says what the header says: each request with its
# structure, each structure with the same members at the same places, and every
# constant.
#
# Usage: description_test.sh DESCRIPTION HEADER
set -euo pipefail
export LC_ALL=C

description=$1 header=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What doesn't belong to the interface's requests.
not_described='KSEM_CONTROL|KSEM_IOC_TYPE|KSEM_WORD_[A-Z]+'
comm -23 \
  <(grep -oE '^#define[[:space:]]+KSEM_[A-Z0-9_]+' "$header" | awk '{ print $2 }' |
    grep -vxE "$not_described" | sort -u) \
  <(grep -oE '\bKSEM_[A-Z0-9_]+' "$description" | sort -u) >"$work/missing"
if [ -s "$work/missing" ]; then
  echo "The description has nothing about:"
  cat "$work/missing"
  exit 1
fi

# Each name in the description that the header lacks fails to compile; so does each
# member that is elsewhere, or of another size.
awk '
  BEGIN { print "#include <stddef.h>\n#include <linux/ksem.h>" }
  function check(what) { printf "_Static_assert(%s, \"line %d\");\n", what, NR }
  function size(type) {
    if (match(type, /^array\[int8, [0-9]+\]$/)) return substr(type, 13) + 0
    if (type ~ /^(int64|ksem_id$|ptr64\[)/) return 8
    if (type ~ /^(int32|fd_ksem$|gid$)/ || type ~ /, int32\]$/) return 4
    if (type ~ /^int16/) return 2
    print "line " NR ": of what size is " type "?" > "/dev/stderr"
    exit bad = 1
  }
  { rest = $0
    while (match(rest, /(^|[^A-Za-z0-9_$])KSEM_[A-Z0-9_]+/)) {
      name = substr(rest, RSTART, RLENGTH)
      sub(/^[^K]/, "", name)
      check("(" name ") || 1")
      rest = substr(rest, RSTART + RLENGTH)
    }
  }
  /^ioctl\$/ {
    match($0, /KSEM_IOC_[A-Z_]+/)
    request = substr($0, RSTART, RLENGTH)
    direction = "_IOC_NONE"
    if (match($0, /arg ptr\[(in|out|inout), [a-z_]+\]/)) {
      split(substr($0, RSTART + 8, RLENGTH - 9), arg, ", ")
      check("_IOC_SIZE(" request ") == sizeof(struct " arg[2] ")")
      direction = arg[1] == "in" ? "_IOC_WRITE" : arg[1] == "out" ? "_IOC_READ" : \
        "(_IOC_READ | _IOC_WRITE)"
    }
    check("_IOC_DIR(" request ") == " direction)
  }
  /^ksem_[a-z_]+ \{$/ { struct = $1; at = 0; next }
  struct && /^\}$/ { check("sizeof(struct " struct ") == " at); struct = ""; next }
  struct {
    type = $0
    sub(/^[ \t]*[a-z_]+[ \t]+/, "", type)
    check("offsetof(struct " struct ", " $1 ") == " at)
    check("sizeof(((struct " struct " *)0)->" $1 ") == " size(type))
    if ($1 ~ /^(op|waiter)_size$/) {
      match(type, /[0-9]+/)
      check("sizeof(struct ksem_ioc_" substr($1, 1, length($1) - 5) ") == " \
        substr(type, RSTART, RLENGTH))
    }
    at += size(type)
  }
  END { exit bad }' "$description" >"$work/check.c"

include=${header%/linux/ksem.h}
gcc -std=gnu17 -Wno-unused -fsyntax-only -I"$include" "$work/check.c"
echo "$(grep -c Static_assert "$work/check.c") statements hold"
