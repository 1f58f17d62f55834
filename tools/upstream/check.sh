#!/bin/bash
# SPDX-License-Identifier: MIT
# Part of tools/upstream.sh --check, which reads this: looks at each commit of the
# series. Prints a line of KTAP for each check, and leaves a table of them.
# shellcheck disable=SC2154  # what upstream.sh has set

configs=$series/configs
out=$cache/source/check
table=$out/table.md

# setting NAME CONFIGURATION: what its head says after "# NAME:".
setting() { sed -n "s/^# $1: //p" "$configs/$2"; }

# in_build CONFIGURATION ARGUMENT...: make, as the configuration wants it.
in_build() {
  local name=$1
  shift
  # shellcheck disable=SC2046  # several words
  nice -n 5 make -s -j"$(nproc)" -C "$tree" O="$out/$name" W=1 \
    $(setting make "$name") "$@" </dev/null
}

faults='warning|error|not available'
# MODULE_LICENSE() and the like compare strings while they are compiled, which
# Debian's sparse can't.
limits=':1: error: bad constant expression$'
# quiet_build CONFIGURATION ARGUMENT...: fails at the first warning, too.
quiet_build() {
  local log=$out/log
  if in_build "$@" >"$log" 2>&1 &&
    ! grep -v "$limits" "$log" | grep -Eiq "$faults"; then
    return 0
  fi
  echo "# make for $*:"
  grep -Ei -A5 "$faults" "$log" | head -n 40 | sed 's/^/# /'
  return 1
}

# An option whose needs are missing drops out without a word; what isn't there isn't
# set either.
configure() {
  local name=$1 option symbol config=$out/$1/.config
  mkdir -p "$out/$name"
  in_build "$name" "$(setting base "$name")" >/dev/null 2>&1
  # shellcheck disable=SC2046  # several words
  (cd "$here" && cat $(setting below "$name") "$configs/$name") >>"$config"
  in_build "$name" olddefconfig >/dev/null 2>&1
  while read -r option; do
    symbol=$(grep -o 'CONFIG_[A-Z0-9_]*' <<<"$option")
    grep -Fqx "$option" "$config" ||
      { [[ $option = '#'* ]] && ! grep -q "^$symbol=" "$config"; } ||
      die "$name: the configuration does not take $option"
  done < <(sed -n '/^CONFIG_/p; /^# CONFIG_.* is not set/p' "$configs/$name")
}

prepare() {
  local name=$1
  say "preparing $name"
  # Objects of later commits would hide what an earlier one lacks.
  rm -rf "${out:?}/$name/$driver"
  configure "$name"
  in_build "$name" prepare scripts >"$out/log" 2>&1 || {
    tail -n 20 "$out/log" >&2
    die "$name can't be prepared"
  }
}

# nm_of OBJECTS PATTERN OPTION...: names in the objects but those linked of several.
nm_of() {
  find "$1" -name '*.o' ! -name ksem.o ! -name '*.mod.o' -exec nm "${@:3}" {} + |
    awk -v pattern="$2" 'NF > 1 && $(NF - 1) ~ pattern { print $NF }' | sort -u
}

# Nothing of ours that ours calls is left for a later commit, and nothing is called
# that kernels of 32 bits don't have.
is_closed() {
  local objects=$out/$1/$driver missing
  missing=$(comm -23 \
    <(nm_of "$objects" '^U$' -u | grep -E 'ksem|^__(aeabi_u?ldivmod|u?(div|mod)di3)$') \
    <(nm_of "$objects" '^[A-TV-Z]$' --defined-only))
  [ -z "$missing" ] || {
    echo "# $1: nobody has $missing"
    return 1
  }
}

# KUnit's tests are for a driver that is built in.
compiles() {
  local name=$1 value=$2
  local -a kunit=()
  if [ "$value" = y ] && grep -qx CONFIG_KUNIT=y "$configs/$name"; then
    kunit=(CONFIG_KSEM_KUNIT_TEST=y)
  fi
  quiet_build "$name" CONFIG_KSEM="$value" "${kunit[@]}" "$driver/" && is_closed "$name"
}

# The first commit has the lines in MAINTAINERS for the files of all. A header for
# programs can't use what only the kernel's headers define. Debian's python3 has the
# modules that look at licences.
is_in_style() {
  (cd "$tree" && PATH=/usr/bin:$PATH scripts/checkpatch.pl --strict --terse --quiet \
    --ignore FILE_PATH_CHANGES,PREFER_DEFINED_ATTRIBUTE_MACRO --git HEAD) \
    >"$out/log" 2>&1 || {
    sed 's/^/# /' "$out/log"
    return 1
  }
}

# Finds what is called and isn't in this configuration, such as a function of sysfs.
links() {
  local name=$1 value=$2 config=$out/$1/.config
  local -a targets=(vmlinux)
  "$tree/scripts/config" --file "$config" --set-val KSEM "$value" \
    --set-val KSEM_KUNIT_TEST y
  in_build "$name" olddefconfig >/dev/null
  ! grep -qx CONFIG_MODULES=y "$config" || targets+=(modules)
  quiet_build "$name" C=0 W= "${targets[@]}"
}

header_is_for_programs() {
  local language
  in_build x86-64 headers >/dev/null || return 1
  for language in 'c -std=c90' 'c++ -std=c++11'; do
    # shellcheck disable=SC2086  # several words
    gcc -x $language -Wall -Wextra -Werror -fsyntax-only \
      -I"$out/x86-64/usr/include" - <<<'#include <linux/ksem.h>' 2>&1 |
      sed 's/^/# /'
    [ "${PIPESTATUS[0]}" = 0 ] || return 1
  done
}

documentation_builds() {
  {
    in_build x86-64 SPHINXDIRS='misc-devices userspace-api/ioctl' htmldocs &&
      (cd "$tree" && tools/docs/get_abi.py --dir Documentation/ABI validate)
  } >"$out/log" 2>&1 || {
    tail -n 20 "$out/log" | sed 's/^/# /'
    return 1
  }
  # The cache's own path has our name.
  ! sed "s|$cache/||g" "$out/log" | grep -i ksem | sed 's/^/# /' | grep .
}

count=0 failed=0
# check CELL NAME COMMAND...: a line of KTAP; CELL goes to the table.
check() {
  local cell=$1 name=$2
  shift 2
  count=$((count + 1))
  if "$@"; then
    echo "ok $count - $name"
  else
    echo "not ok $count - $name"
    cell="**$cell: fails**"
    failed=$((failed + 1))
  fi
  printf ' %s' "$cell" >>"$table"
}

check_commit() {
  local name subject value
  subject=$(in_tree log -1 --format=%s)
  printf '| %s |' "$subject" >>"$table"
  check clean "$subject: checkpatch" is_in_style
  printf ' |' >>"$table"
  for name in "${configurations[@]}"; do
    for value in $(setting ksem "$name"); do
      check "=$value" "$subject: $name =$value" compiles "$name" "$value"
    done
    printf ' |' >>"$table"
  done
  printf '\n' >>"$table"
}

# report NAME COMMAND...: a check of the whole, below the table.
report() {
  printf -- '- %s:' "$1" >>"$table"
  check clean "$@"
  printf '\n' >>"$table"
}

check_series() {
  local name commit value before=''
  [ "${#configurations[@]}" -gt 0 ] || mapfile -t configurations < <(ls "$configs")
  mkdir -p "$out"
  in_tree checkout -q refs/ksem/base
  for name in "${configurations[@]}"; do
    [ -f "$configs/$name" ] || die "no such configuration: $name"
    prepare "$name"
  done

  {
    printf '| commit | checkpatch |'
    printf ' %s |' "${configurations[@]}"
    printf '\n|---|---|'
    printf -- '---|%.0s' "${configurations[@]}"
    printf '\n'
  } >"$table"
  for commit in $(in_tree rev-list --reverse refs/ksem/base..ksem); do
    in_tree checkout -q "$commit"
    if [ -n "$before" ] &&
      ! in_tree diff --quiet "$before" "$commit" -- '*Kconfig'; then
      for name in "${configurations[@]}"; do
        in_build "$name" olddefconfig >/dev/null
      done
    fi
    check_commit
    before=$commit
  done
  in_tree checkout -q ksem
  printf '\n' >>"$table"
  if [ -d "$out/x86-64" ]; then
    report 'documentation' documentation_builds
    report 'the header in C and C++ programs' header_is_for_programs
  fi
  for name in "${configurations[@]}"; do
    # The other ones would take hours.
    [ "$(setting base "$name")" = tinyconfig ] || continue
    for value in $(setting ksem "$name"); do
      report "a kernel, linked: $name =$value" links "$name" "$value"
    done
  done
  echo "1..$count"
  say "the table is in $table"
  [ "$failed" = 0 ]
}

check_series
