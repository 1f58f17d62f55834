#!/bin/bash
# SPDX-License-Identifier: MIT
# Lintian finds nothing in the packages, and a second build has the same bytes.
exec tools/package.sh --check --output "$TEST_TMPDIR/packages"
