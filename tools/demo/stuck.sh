#!/bin/sh
# SPDX-License-Identifier: MIT
# Who keeps everybody waiting?  stuck.sh NAME
set -e
ksem who "$1" # for people

# For a script: the processes whose units come back when they end.
ksem who --json "$1" | jq -r '.[0] as $sem |
  "\($sem.blocked) wait, the first for \(($sem.waiters[0].waited_ns // 0) / 1e9 | floor) s",
  ($sem.handles[] | select(.undo > 0) |
    "\(.undo) unit(s): " + ([.processes[] | "\(.command) (\(.pid))"] | join(", ")))'

# Nobody is named: they were taken without undo. Who did it? From now on the
# kernel writes it down:  ksem set --record 1 NAME
