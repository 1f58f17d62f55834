#!/bin/bash
# SPDX-License-Identifier: MIT
# Kbuild's CHECK that is clang's analyzer: gcc's command line, less what clang
# doesn't know, and without the warnings, which are gcc's affair.
set -euo pipefail

arguments=()
for argument in "$@"; do
  case $argument in
    -fconserve-stack | -fno-allow-store-data-races | -ftrivial-auto-var-* | \
      -mpreferred-stack-boundary=*) ;;
    *) arguments+=("$argument") ;;
  esac
done
exec clang --analyze --analyzer-output text -Qunused-arguments -w \
  "${arguments[@]}"
