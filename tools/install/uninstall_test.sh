#!/bin/bash
# SPDX-License-Identifier: MIT
# "make uninstall" removes what "make install" has put there, and nothing else.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root built=$work/built
libraries=("$built"/{libksem.a,libksem-posix.so,libksem-sysv.so})

# What it has installed doesn't matter here, so nothing is compiled.
mkdir "$built"
touch "$built/ksem" "${libraries[@]}"
make_() {
  make -s -o all -o "${libraries[0]}" BUILD_DIR="$built" DESTDIR="$root" "$@"
}

files() { (cd "$root" && find . ! -type d | sort); }

# is WHAT EXPECTED: these are the files in $root.
is() {
  [ "$(files)" = "$2" ] || {
    echo "$1:" >&2
    diff <(echo "$2") <(files) >&2
    exit 1
  }
}

# goes SETTING…: all of it goes, with the folders that are ksem's.
goes() {
  local folders
  make_ install "$@"
  [ "$(files | wc -l)" -gt 60 ]
  make_ uninstall "$@"
  is "left with $*" ""
  folders=$(find "$root" -name '*ksem*' -o -name '*.mount.d')
  [ -z "$folders" ] || {
    echo "folders left with $*: $folders" >&2
    exit 1
  }
  # Once more does no harm.
  make_ uninstall "$@"
  rm -r "$root"
}

# The files of others stay, and so does a semaphores.conf that was changed.
others_stay() {
  local others
  make_ install PREFIX=/usr
  find "$root" -type d -exec touch {}/others ';'
  echo "build value=2" >>"$root/etc/ksem/semaphores.conf"
  others=$(files | grep -e '/others$' -e '/semaphores.conf$')
  make_ uninstall PREFIX=/usr
  is "not what others have put there" "$others"
}

goes
goes PREFIX=/usr LIBDIR=/usr/lib64 UNITDIR=/lib/systemd/system \
  ZSHDIR=/usr/share/zsh/vendor-completions
others_stay
