#!/bin/sh
# SPDX-License-Identifier: MIT
# Several semaphores at once, by wait, try, post and run.
# shellcheck source=tools/ksem/tests/expect.sh
. expect.sh

# both VALUE VALUE: of a and b, on which nobody waits.
both() {
  is "$root/a/value" "$1"
  is "$root/b/value" "$2"
  is "$root/a/waiters" 0
  is "$root/b/waiters" 0
}

# two VALUE VALUE: a and b anew.
two() {
  anew a --value "$1" --max 9
  anew b --value "$2" --max 9
}

any() {
  two 0 3
  [ "$(ksem wait --any a b)" = b ]
  [ "$(ksem wait --any a:1 b:2 -t 1h)" = b ]
  both 0 0
  exits 124 ksem wait --any a b -t 10ms
  [ ! -s "$out" ]
  ksem wait --any a b >/tmp/got &
  blocked a
  blocked b
  ksem post a
  wait $!
  is /tmp/got a
  both 0 0
  ksem post a
  [ "$(ksem wait --any a)" = a ]
}

all() {
  two 1 1
  ksem wait --all a:2 b &
  blocked a
  is "$root/a/value" 1
  is "$root/b/value" 1
  ksem post a
  wait $!
  both 0 0
  exits 124 ksem wait --all a b -t 10ms
  both 0 0
}

# Nobody has learnt the name yet.
a_signal_while_nobody_reads() {
  two 1 0
  full_pipe
  ksem wait --any a b >/tmp/pipe &
  soon is "$root/a/value" 0
  kill -TERM $!
  ends 143 $!
  both 1 0
}

# Whichever comes first, all units are there afterwards.
a_signal_ends_it() {
  two 0 0
  for which in --any --all; do
    for signal in TERM HUP; do
      ksem wait "$which" a b &
      soon blocked_somewhere
      kill "-$signal" $!
      ends $((128 + $(kill -l "$signal"))) $!
      both 0 0
    done
  done
  for _ in $(seq 20); do
    ksem run a b -- true &
    waiter=$!
    soon blocked_somewhere
    kill -TERM "$waiter" &
    ksem post a b
    wait
    both 1 1
    ksem wait --all a b
  done
}
blocked_somewhere() {
  [ "$(cat "$root/a/waiters" "$root/b/waiters")" != "$(printf '0\n0')" ]
}

tries() {
  two 1 2
  exits 1 ksem try a:2 b
  exits 0 ksem try a b:2
  both 0 0
  exits 1 ksem try a b
}

posts_all_or_none() {
  two 0 8
  says "b: that would pass its max" ksem post a b:2
  both 0 8
  ksem post a:3 b
  both 3 9
  two 0 0
  ksem post -n 2 a b:5
  both 2 5
  ksem post a a:2
  both 5 5
}

runs() {
  two 2 3
  [ "$(ksem run a b:2 -- cat "$root/a/value" "$root/b/value" | tr '\n' ,)" = 1,1, ]
  both 2 3
  [ "$(ksem run -c 'echo x' a b)" = x ]
  exits 1 ksem run a:3 b --nonblock -- true
  exits 99 ksem run a b:4 -t 10ms -E 99 -- true
  exits 7 ksem run -n 2 a b -- sh -c 'exit 7'
  both 2 3
}

# As of one: the handles are the command's.
ksem_killed() {
  two 1 1
  rm -f /tmp/sleeper
  # shellcheck disable=SC2016
  ksem run a b -- sh -c 'echo $$ >/tmp/sleeper; exec sleep 3600' &
  soon [ -s /tmp/sleeper ]
  both 0 0
  kill -9 $!
  if wait $!; then return 1; fi
  both 0 0
  kill "$(cat /tmp/sleeper)"
  soon both 1 1
}

given_up_meanwhile() {
  two 1 1
  exits 3 ksem run a b -- sh -c "ksem set a --shutdown; exit 3"
  has "$err" "ksem run: a: shut down"
  is "$root/b/value" 1
}

says_which() {
  two 1 1
  says "ksem wait: nobody: no such semaphore" ksem wait --all a nobody
  says "ksem post: nobody: no such semaphore" ksem post a nobody
  says "ksem wait: b: more units than its max" ksem wait --all a b:10
  exits 125 ksem run a nobody -- true
  has "$err" "ksem run: nobody: no such semaphore"
  says "say --any or --all" ksem wait a b
  says "a is there twice" ksem wait --any a a
  says "a is there twice" ksem wait --all a b a
  says "a is there twice" ksem try a:2 a
  exits 125 ksem run a a -- true
  has "$err" "a is there twice"
  says "--any" ksem wait --any --all a b
  says "the units of a" ksem wait --all a:0 b
  exits 125 ksem run --create 1 a b -- true
  exits 2 su user -c "ksem wait --all a b"
  has "$err" "a: permission denied"
  both 1 1
}

# A colon that no number follows is the name's.
names_with_colons() {
  anew a: --value 1
  ksem wait a:
  ksem rm a:
  ksem create b:2
  ksem wait b:2:1
  ksem rm b:2
}

tells() {
  two 0 4
  ksem run --verbose a:2 b -- true 2>/tmp/waiter.err &
  soon has /tmp/waiter.err "to give up: Ctrl-C"
  grep -qx "ksem run: waits for 2 units of a: value 0, max 9" /tmp/waiter.err
  grep -qx "ksem run: waits for 1 unit of b: value 4, max 9" /tmp/waiter.err
  has /tmp/waiter.err "ksem post a b"
  ksem post a:2
  wait $!
}

check "wait --any: the first that has one" any
check "wait --all: in one step" all
check "a signal ends it, and nothing is taken" a_signal_ends_it
check "wait --any: a signal while nobody reads the name" a_signal_while_nobody_reads
check "try: all or none" tries
check "post: all or none" posts_all_or_none
check "run: holds all, and gives all back" runs
check "kill -9 of ksem run: back when the command has ended" ksem_killed
check "one of them is shut down meanwhile" given_up_meanwhile
check "messages say which one they are about" says_which
check "names with colons" names_with_colons
check "--verbose: says what it waits for" tells
finish
