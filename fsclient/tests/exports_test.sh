#!/bin/bash
# SPDX-License-Identifier: MIT
# A shared library of the sources exports what the headers declare for everybody.
set -euo pipefail

nm -DC --defined-only fsclient/libksem_shared.so >"$TEST_TMPDIR/all"
grep ' ksem::\| for ksem::' "$TEST_TMPDIR/all" | sed 's/^[0-9a-f]* . //' \
  >"$TEST_TMPDIR/ours"
grep -q '^ksem::Semaphore::acquire_slow(int, std::error_code\*)$' "$TEST_TMPDIR/ours"
grep -q '^ksem::ScopedUnits::~ScopedUnits()$' "$TEST_TMPDIR/ours"

# What the ways to make a call on several semaphores have in common.
if grep '^ksem::internal::' "$TEST_TMPDIR/ours" |
  grep -vE '^ksem::internal::(AcquireAny|AcquireAll|Operate|WaitForZero)::make\('; then
  echo "^ exported, but internal"
  exit 1
fi
if grep '^ksem::' "$TEST_TMPDIR/ours" | grep -v '^ksem::internal::' |
  grep -vE '^ksem::(Semaphore|Units|ScopedUnits|WantError)::|^ksem::(root|release_all)[[(]'; then
  echo "^ exported, but not of the API"
  exit 1
fi
# All else is made of the standard library's templates, or the linker's own.
! grep -v ' ksem::\| for ksem::\| std::\| for std::\|operator' \
  "$TEST_TMPDIR/all" | grep -v ' \(__bss_start\|_edata\|_end\)$'
