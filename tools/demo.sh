#!/bin/bash
# SPDX-License-Identifier: MIT
# A shell, a C++ program and a kernel module with one semaphore.
set -euo pipefail

usage() {
  cat <<'END'
Usage: tools/demo.sh
Sets a Debian 12 machine up (root or sudo), builds ksem, boots a kernel in QEMU, and
shows there a shell, a C++ program and a kernel module that take turns with one
semaphore.

Environment:
  KSEM_CACHE  where the kernel is kept (default: $XDG_CACHE_HOME/ksem or
              ~/.cache/ksem)
END
}

if [ "${1:-}" = --help ]; then
  usage
  exit
elif [ $# -gt 0 ]; then
  echo "demo.sh: unknown option: $1 (see --help)" >&2
  exit 2
fi
top=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
cd "$top"

tools/setup.sh 6.1
bazel build --ui_event_filters=-info,-stdout --noshow_progress \
  //kernel:ksem-6.1 //tests/module:modules-6.1 //fsclient:worker
exec tools/vm.sh \
  --module bazel-bin/kernel/6.1/ksem.ko \
  --module bazel-bin/tests/module/6.1/ksem_example.ko \
  --program bazel-bin/fsclient/worker \
  --program tools/demo/jobs.sh --program tools/demo/three_sides.sh \
  -- three_sides.sh
