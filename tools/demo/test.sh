#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source=tests/ktap.sh
. ktap.sh

ends_well() {
  three_sides.sh >/tmp/demo
  cat /tmp/demo
}

takes_part() {
  [ "$(grep -c "^$1 .*" /tmp/demo)" -ge "$2" ]
}

check "the demo ends well" ends_well
check "the shell takes part" takes_part shell 4
check "the program takes part" takes_part worker 4
check "the module takes part" takes_part kernel 1
finish
