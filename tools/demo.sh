#!/bin/bash
# SPDX-License-Identifier: MIT
# On a bare Debian 12: sets up, builds, boots a kernel, and shows a shell, a C++
# program and a kernel module with one semaphore.
set -euo pipefail
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
