#!/bin/bash
# SPDX-License-Identifier: MIT
# Packs the kselftests of ksem as the kernel's own "make gen_tar" does.
#
# Usage: pack.sh SOURCE HEADER TAR FILE...
set -euo pipefail

source=$1 header=$2 tar=$3
shift 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# As much of the kernel as its Makefiles for tests want.
selftests=tools/testing/selftests
mkdir -p "$work/$selftests/ksem" "$work/scripts" "$work/usr/include/linux"
cp "$source/scripts/subarch.include" "$work/scripts"
cp -r "$source/$selftests"/{Makefile,lib.mk,run_kselftest.sh,kselftest,*.h} \
  "$work/$selftests"
cp "$header" "$work/usr/include/linux"
cp -L "$@" "$work/$selftests/ksem"

# Static: the machine that runs them has no libraries.
make -C "$work/$selftests" TARGETS=ksem FORCE_TARGETS=1 USERLDFLAGS=-static \
  USERCFLAGS=-Werror KSFT_INSTALL_PATH="$work/installed" gen_tar >"$work/log" 2>&1 || {
  cat "$work/log" >&2
  exit 1
}
cp "$work/installed/kselftest-packages/kselftest.tar.gz" "$tar"
