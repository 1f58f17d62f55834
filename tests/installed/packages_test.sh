#!/bin/bash
# SPDX-License-Identifier: MIT
# Lintian finds nothing in the packages, and a second build has the same bytes. RPM
# makes packages, too, with all that is installed.
set -eu
tools/package.sh --check --output "$TEST_TMPDIR/packages"
tools/package.sh --rpm --output "$TEST_TMPDIR/packages"
rpm -qlp "$TEST_TMPDIR"/packages/ksem-[0-9]*.rpm | grep -x /usr/lib/ksem/libksem-sysv.so
