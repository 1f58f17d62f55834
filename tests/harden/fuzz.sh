#!/bin/sh
# SPDX-License-Identifier: MIT
# The fuzzer, for so many seconds: the first argument, or KSEM_FUZZ_SECONDS, or
# 20. KSEM_FUZZ_SEED repeats a run.
# shellcheck source=tests/ktap.sh
. ktap.sh

seconds=${1:-${KSEM_FUZZ_SECONDS:-20}}
fuzz_for() {
  # shellcheck disable=SC2086  # an option, or none
  fuzz --seconds $((seconds / 2)) \
    ${KSEM_FUZZ_SEED:+--seed "$KSEM_FUZZ_SEED"} "$@" /bin/*.ops
}

check "as root" fuzz_for
check "as an ordinary user" fuzz_for --user
finish
