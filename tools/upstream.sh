#!/bin/bash
# SPDX-License-Identifier: MIT
# Lays the module into a kernel tree, as a series of commits.
set -euo pipefail
export LC_ALL=C

usage() {
  cat <<'EOF'
Usage: tools/upstream.sh [--check [CONFIGURATION...]] [--tree TREE]

Makes the branch "ksem" in TREE, a git repository with a kernel's source (default:
the newest Linux 7 of Debian's backports, which tools/setup.sh puts into the
cache). A branch of that name is replaced; files that aren't committed are refused.
Each file of tools/upstream/series is a commit: its message, and the files of
kernel/ and tests/ that it brings.

--check  looks at each commit: checkpatch --strict, and its files compiled for
         each CONFIGURATION (default: all in tools/upstream/configs), without a
         warning. With x86-64, the documentation is built at the last one, the
         header is compiled in programs, and a kernel is linked. The output is
         KTAP.

Environment:
  KSEM_CACHE  where trees and what is built of them are kept (default:
              $XDG_CACHE_HOME/ksem or ~/.cache/ksem)
EOF
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${KSEM_CACHE:-${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/ksem}
series=$here/tools/upstream
tree=
driver=drivers/misc/ksem
selftests=tools/testing/selftests

say() { printf 'upstream: %s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

in_tree() { git -C "$tree" -c gc.auto=0 "$@"; }

# A user with no name for commits yet gets ours.
commit() {
  local name email
  name=$(git config user.name) || name='The ksem authors'
  email=$(git config user.email) || email=ksem@ksem.example
  in_tree -c user.name="$name" -c user.email="$email" commit -q "$@"
}

# What a file of ours is like in the kernel: without what asks for the kernel's
# version, or whether it has cleanup.h.
strip() {
  unifdef -DLINUX_VERSION_CODE=1 -DKERNEL_VERSION=0 -U__CHECKER__ \
    -D__has_include=0 -DKSEM_HAS_CLEANUP "$1" || [ $? = 1 ]
}

# place FILE: copies a file of kernel/ to where it belongs.
place() {
  local file=$1 to
  case $file in
    include/*) to=$file ;;
    Documentation/ABI/*) to=Documentation/ABI/testing/${file##*/} ;;
    Documentation/*) to=Documentation/misc-devices/${file##*/} ;;
    *) to=$driver/$file ;;
  esac
  mkdir -p "$tree/${to%/*}"
  case $file in
    *.[ch]) strip "$here/kernel/$file" | grep -v '^#include <linux/version.h>$' ;;
    Documentation/ABI/*)
      sed "s/^\(KernelVersion:\t\).*/\1$next_version/" "$here/kernel/$file"
      ;;
    *) cat "$here/kernel/$file" ;;
  esac >"$tree/$to"
  changed+=("$to")
  case $file in *.c) add_object "${file%.c}.o" ;; esac
}

add_object() {
  if [ ! -e "$tree/$driver/Makefile" ]; then
    cat >"$tree/$driver/Makefile" <<'EOF'
# SPDX-License-Identifier: GPL-2.0-only
ccflags-y += -DDEFAULT_SYMBOL_NAMESPACE='"KSEM"'

obj-$(CONFIG_KSEM) += ksem.o
EOF
  fi
  echo "ksem-y += $1" >>"$tree/$driver/Makefile"
  changed+=("$driver/Makefile")
}

# before FILE REGEX TEXT: inserts TEXT before the first line that matches.
before() {
  grep -Eq "$2" "$tree/$1" || die "$1 has no line like $2"
  awk -v regex="$2" -v text="$3" '!done && $0 ~ regex { printf "%s", text; done = 1 }
    { print }' "$tree/$1" >"$tree/$1.new"
  cat "$tree/$1.new" >"$tree/$1"
  rm "$tree/$1.new"
  changed+=("$1")
}

# hook FILE: adds to a file that the kernel has what leads to ours.
hook() {
  local rows
  case $1 in
    MAINTAINERS) before "$1" '^KTD253 ' "$(cat "$series/MAINTAINERS")"$'\n\n' ;;
    drivers/misc/Makefile)
      echo $'obj-$(CONFIG_KSEM)\t\t+= ksem/' >>"$tree/$1"
      changed+=("$1")
      ;;
    drivers/misc/Kconfig)
      before "$1" '^endmenu' $'source "drivers/misc/ksem/Kconfig"\n'
      ;;
    */ioctl-number.rst)
      rows='0xBE  00-1F  uapi/linux/ksem.h'
      before "$1" '^0xC0  ' "$rows"$'\n'
      ;;
    */misc-devices/index.rst) before "$1" '^   lis3lv02d' $'   ksem\n' ;;
    tests) place_tests ;;
    *) die "nothing is known about $1" ;;
  esac
}

# The folders of tests that there are.
place_tests() {
  local file
  if [ -d "$here/tests/kselftest" ]; then
    mkdir -p "$tree/$selftests/ksem"
    cp -r "$here/tests/kselftest/." "$tree/$selftests/ksem/"
    rm -f "$tree/$selftests/ksem/BUILD"
    changed+=("$selftests/ksem")
    before "$selftests/Makefile" '^TARGETS \+= kvm' $'TARGETS += ksem\n'
  fi
  if [ -d "$here/tests/kunit" ]; then
    changed+=("$driver")
    cp "$here/tests/kunit/.kunitconfig" "$tree/$driver/"
    for file in "$here"/tests/kunit/*.c; do
      cp "$file" "$tree/$driver/"
      echo "obj-\$(CONFIG_KSEM_KUNIT_TEST) += $(basename "$file" .c).o" \
        >>"$tree/$driver/Makefile"
    done
    echo >>"$tree/$driver/Kconfig"
    cat "$here/tests/kunit/Kconfig" >>"$tree/$driver/Kconfig"
  fi
}

lay_series() {
  local file line
  [ -z "$(in_tree status --porcelain --untracked-files=no)" ] ||
    die "$tree has changes that aren't committed"
  in_tree rev-parse -q --verify refs/ksem/base >/dev/null ||
    in_tree update-ref refs/ksem/base HEAD
  in_tree checkout -q -B ksem refs/ksem/base
  next_version=$(make -s -C "$tree" kernelversion |
    awk -F. '{ print $1 "." $2 + 1 }')
  for file in "$series"/series/*; do
    changed=()
    while read -r line; do
      case $line in
        +*) hook "${line#+}" ;;
        *) place "$line" ;;
      esac
    done < <(sed '1,/^---$/d' "$file")
    if [ "${#changed[@]}" = 0 ]; then
      say "${file##*/}: nothing to commit"
      continue
    fi
    # Debian's tree says that everything is to be ignored.
    in_tree add -f -- "${changed[@]}"
    sed '/^---$/,$d' "$file" | commit -s -F -
  done
  in_tree --no-pager log --oneline --no-decorate refs/ksem/base.. >&2
}

main() {
  local check=
  local -a configurations=()
  while [ $# -gt 0 ]; do
    case $1 in
      -h | --help)
        usage
        return
        ;;
      --tree)
        [ $# -gt 1 ] || die "--tree wants a folder"
        tree=$2
        shift
        ;;
      --check) check=1 ;;
      -*) die "unknown option $1 (see --help)" ;;
      *) configurations+=("$1") ;;
    esac
    shift
  done
  [ -n "$check" ] || [ "${#configurations[@]}" = 0 ] ||
    die "${configurations[0]} is for --check (see --help)"
  if [ -z "$tree" ]; then
    "$here/tools/setup.sh" source
    tree=$cache/source/linux
  fi
  tree=$(cd "$tree" && pwd)
  [ -e "$tree/.git" ] || die "$tree is no git repository"
  lay_series
  # shellcheck source=tools/upstream/check.sh
  [ -z "$check" ] || . "$series/check.sh"
}

main "$@"
