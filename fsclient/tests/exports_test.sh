#!/bin/bash
# SPDX-License-Identifier: MIT
# A shared library of the sources exports what the headers declare for everybody.
set -euo pipefail

nm -DC --defined-only fsclient/libksem_shared.so >"$TEST_TMPDIR/all"
grep ' ksem::\| for ksem::' "$TEST_TMPDIR/all" | sed 's/^[0-9a-f]* . //' \
  >"$TEST_TMPDIR/ours"
grep -q '^ksem::Semaphore::acquire_slow(int)$' "$TEST_TMPDIR/ours"
grep -q '^ksem::ScopedUnits::~ScopedUnits()$' "$TEST_TMPDIR/ours"

# Templates in the headers call these two.
if grep '^ksem::internal::' "$TEST_TMPDIR/ours" |
  grep -v '::acquire_\(any\|all\)_until(ksem::Wants const&'; then
  echo "^ exported, but internal"
  exit 1
fi
if grep '^ksem::' "$TEST_TMPDIR/ours" | sed 's/^ksem::\(internal::\)\?//' |
  grep -vE '^(Semaphore|Units|ScopedUnits|WantError)::|^root|^(try_)?acquire_a|^release_all\(|^wait_for_zero\('; then
  echo "^ exported, but not of the API"
  exit 1
fi
# All else is made of the standard library's templates, or the linker's own.
! grep -v ' ksem::\| for ksem::\| std::\| for std::\|operator' \
  "$TEST_TMPDIR/all" | grep -v ' \(__bss_start\|_edata\|_end\)$'
