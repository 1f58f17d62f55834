#!/bin/bash
# SPDX-License-Identifier: MIT
# Builds the Debian packages of ksem.
set -euo pipefail

usage() {
  cat <<'END'
Usage: tools/package.sh [OPTION…]
Builds ksem-dkms, ksem and libksem-dev from the files that git tracks, as they are
in the work tree, and puts the packages into packages/.

  --output DIR  put them there
  --arch ARCH   cross-build for one of Debian's machines, as arm64; what that takes
                is in Debian's package crossbuild-essential-ARCH
  --rpm         RPM packages instead, by rpmbuild, of tools/install/ksem.spec; on
                Debian their dependencies aren't looked at
  --check       also run lintian, whose warnings are errors, and build everything
                once more: it has to be the same, byte for byte

It takes what debian/control says to build with; tools/setup.sh installs that.
END
}

die() {
  echo "package.sh: $*" >&2
  exit 2
}

top=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
output=$top/packages check=0 arch='' rpm=0
while [ $# -gt 0 ]; do
  case $1 in
    --output)
      [ $# -ge 2 ] || die "--output wants a folder"
      output=$2
      shift
      ;;
    --arch)
      [ $# -ge 2 ] || die "--arch wants one of Debian's machines"
      arch=$2
      shift
      ;;
    --rpm) rpm=1 ;;
    --check) check=1 ;;
    --help)
      usage
      exit
      ;;
    *) die "unknown option: $1 (see --help)" ;;
  esac
  shift
done
if [ $rpm = 1 ]; then
  command -v rpmbuild >/dev/null || die "rpmbuild is missing"
elif [ "$(dpkg-query -W -f='${db:Status-Status}' dh-dkms 2>/dev/null)" != installed ]; then
  die "dh-dkms is missing; run: tools/setup.sh"
fi
mkdir -p "$output"
output=$(cd "$output" && pwd)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A tarball of a release has no git.
tracked() {
  if [ -e "$top/.git" ]; then
    git -C "$top" ls-files -z
  else
    (cd "$top" && find . -path ./packages -prune -o -name 'bazel-*' -prune -o \
      ! -type d -print0)
  fi
}

# unpack DIR: what is tracked, in DIR.
unpack() {
  mkdir -p "$1"
  tracked | tar -C "$top" --null -T - -c | tar -C "$1" -x
}

# build DIR: the packages, in DIR. Nobody debugs with them, so that there are no
# packages with symbols.
build() {
  local tree=$1/ksem
  unpack "$tree"
  if ! (cd "$tree" && env DEB_BUILD_OPTIONS="nocheck noautodbgsym parallel=$(nproc)" \
    DEB_CXXFLAGS_STRIP=-g dpkg-buildpackage -b -us -uc \
    ${arch:+-a"$arch"}) >"$1/log" 2>&1; then
    tail -n 40 "$1/log" >&2
    die "the build failed"
  fi
  rm -r "$tree"
}

build_rpm() {
  local spec=$top/tools/install/ksem.spec options=() name
  name=ksem-$(sed -n 's/^Version: *//p' "$spec")
  unpack "$work/$name"
  mkdir "$work/SOURCES"
  tar -C "$work" -czf "$work/SOURCES/$name.tar.gz" "$name"
  [ ! -e /etc/debian_version ] || options=(--nodeps)
  if ! rpmbuild -bb --define "_topdir $work" "${options[@]}" "$spec" \
    >"$work/log" 2>&1; then
    tail -n 40 "$work/log" >&2
    die "the build failed"
  fi
  cp "$work"/RPMS/*/*.rpm "$output"
  ls -l "$output"/*.rpm
}

same() {
  local file status=0
  for file in "$work/first"/*.deb; do
    cmp "$file" "$work/elsewhere/second/${file##*/}" || status=1
  done
  return $status
}

if [ $rpm = 1 ]; then
  build_rpm
  exit
fi
build "$work/first"
if [ $check = 1 ]; then
  lintian --fail-on error,warning --suppress-tags initial-upload-closes-no-bugs \
    "$work/first"/*.changes || die "lintian found faults"
  (umask 077 && TZ=Asia/Tokyo LC_ALL=C build "$work/elsewhere/second")
  same || die "two builds differ"
fi
cp "$work/first"/*.deb "$output"
ls -l "$output"/*.deb
