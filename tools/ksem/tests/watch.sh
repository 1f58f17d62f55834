#!/bin/sh
# SPDX-License-Identifier: MIT
# ksem watch when nobody looks: lines for a program.
# shellcheck source=tools/ksem/tests/expect.sh
. expect.sh

lines=/tmp/lines

# last LINE: the last line it has written.
last() {
  [ "$(tail -n 1 "$lines")" = "$1" ]
}

# watching [NAME…]: in the background, with its lines in a file.
watching() {
  ksem watch -i 20ms "$@" >"$lines" &
  watcher=$!
}

one_line_per_change() {
  anew a --value 1 --max 5
  watching
  soon last "a value 1 max 5 waiters 0 order fifo"
  ksem post a
  soon last "a value 2 max 5 waiters 0 order fifo"
  ksem wait a -n 3 &
  soon last "a value 2 max 5 waiters 1 order fifo"
  ksem post a
  soon last "a value 0 max 5 waiters 0 order fifo"
  ksem create b --order priority --value 0
  soon last "b value 0 max 2147483647 waiters 0 order priority"
  ksem rm a
  soon last "a gone"
  ksem rm b
  soon last "b gone"
  kill "$watcher"
  ends 143 "$watcher"
  # The hand-over may come between its look at the value and at the waiters. That
  # looks like the second line; there is no other, and none twice in a row.
  [ "$(sort -u "$lines" | wc -l)" -eq 7 ]
  [ -z "$(uniq -d "$lines")" ]
  lacks "$lines" '[^ -~]'
}

named() {
  anew a
  anew b
  watching b c
  soon last "b value 0 max 2147483647 waiters 0 order fifo"
  ksem post a
  ksem create c --value 0
  soon last "c value 0 max 2147483647 waiters 0 order fifo"
  ksem rm c
  soon last "c gone"
  kill "$watcher"
  ends 143 "$watcher"
  [ "$(wc -l <"$lines")" -eq 3 ]
}

tells_of_a_shutdown() {
  anew a
  watching a
  soon last "a value 0 max 2147483647 waiters 0 order fifo"
  ksem set a --shutdown
  soon last "a value 0 max 2147483647 waiters 0 order fifo shutdown"
  kill "$watcher"
  ends 143 "$watcher"
  ksem rm a
}

# It notices without a change to write about.
reader_leaves() {
  anew a
  (
    timeout 600 ksem watch
    echo $? >/tmp/watch.status
  ) 2>/tmp/watch.err | head -n 1 >"$lines"
  last "a value 0 max 2147483647 waiters 0 order fifo"
  soon is /tmp/watch.status 0
  [ ! -s /tmp/watch.err ]
}

full_disk() {
  anew a
  says "ksem watch: standard output: No space left" sh -c 'ksem watch >/dev/full'
}

# With nothing to write, too.
no_output() {
  for name in $(ksem ls); do ksem rm "$name"; done
  says "ksem watch: standard output: Bad file descriptor" sh -c 'ksem watch >&-'
}

module_goes() {
  ksem rm -f a b
  watching
  rmmod ksem
  ends 2 "$watcher"
  insmod /lib/ksem/ksem.ko
}

check "a line for each to begin with, and for each change" one_line_per_change
check "only those that are named, whenever they come" named
check "a shutdown" tells_of_a_shutdown
check "ends when nobody reads any more" reader_leaves
check "a full disk is an error" full_disk
check "no standard output is an error" no_output
check "ends with a message when the module goes" module_goes
finish
