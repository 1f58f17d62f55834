#!/bin/sh
# SPDX-License-Identifier: MIT
# The fuzzer, for so many seconds: the first argument, or KSEM_FUZZ_SECONDS, or
# 20. The second argument, or KSEM_FUZZ_SEED, is its seed: a number or "random".
# shellcheck source=tests/ktap.sh
. ktap.sh

seconds=${1:-${KSEM_FUZZ_SECONDS:-20}}
seed=${2:-${KSEM_FUZZ_SEED:-1}}
fuzz_for() {
  fuzz --seconds $((seconds / 2)) --seed "$seed" "$@" /bin/*.ops
}

check "as root" fuzz_for
check "as an ordinary user" fuzz_for --user
finish
