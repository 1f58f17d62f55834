#!/bin/sh
# SPDX-License-Identifier: MIT
# Command lines that mean nothing: an exit status, a message, and no change.
# shellcheck source=tools/ksem/tests/expect.sh
. expect.sh

ksem create a --value 1 --max 5

# Words are split: no word here has a space.
refused() {
  # shellcheck disable=SC2086
  exits "$1" ksem $2
  has "$err" "ksem"
  is "$root/a/value" 1
  is "$root/a/max" 5
  is "$root/a/order" fifo
  is "$root/a/waiters" 0
  [ "$(ksem ls)" = a ]
}

too_long=$(printf '%0256d' 0)
while read -r status words; do
  check "ksem $words: $status" refused "$status" "$words"
done <<END
2
2 frobnicate
2 --frobnicate
2 wait
2 wait a b
2 wait --frob a
2 wait -n
2 wait -n 0 a
2 wait -n -1 a
2 wait -n +1 a
2 wait -n 0x1 a
2 wait -n 1.5 a
2 wait -n 1e0 a
2 wait -n one a
2 wait -n [1,2] a
2 wait -n 2147483648 a
2 wait -n 18446744073709551617 a
2 wait -n= a
2 wait -n 1 -n 1 a
2 wait -E a
2 wait -E 256 a
2 wait -E -1 a
2 wait -t a
2 wait -t x a
2 wait -t -1s a
2 wait -t +1s a
2 wait -t 1. a
2 wait -t .5 a
2 wait -t 1,5s a
2 wait -t 1sec a
2 wait -t 1S a
2 wait -t 5s6 a
2 wait -t inf a
2 wait -t 9223372037 a
2 wait -t 9223372036.9 a
2 wait -t 106752d a
2 wait -t 99999999999999999999 a
2 wait --all a a
2 wait --all a:1 a:2
2 try a a
2 try
2 try -t 1s a
2 post a -n 0
2 post a -n 5
2 post a b
2 create
2 create b c
2 create b --value 2 --max 1
2 create b --max 0
2 create b --value -1
2 create b --value 2147483648
2 create b --order lifo
2 create b --order FIFO
2 create x/y
2 create .
2 create ..
2 create a!b
2 create $too_long
2 rm
2 rm .
2 rm a/
2 show
2 show ..
2 set a
2 set --value 1
2 set a --value
2 set a --value= --max 3
2 set a --value 6
2 set a --max 0
2 set a --value 3 --max 2
2 set a --order lifo
2 set a b --value 0
2 ls a
2 ls -l --json
2 ls --json=maybe
2 watch --interval 0
2 watch --interval 1us
2 watch --interval 25h
2 watch --interval soon
125 run
125 run a
125 run a --
125 run -n 0 a -- true
125 run -n 6 a -- true
125 run -t x a -- true
125 run -t 1s --nonblock a -- true
125 run --frob a -- true
125 run nobody -- true
125 run --create 0 a -- true
125 run --create x b -- true
125 run -E 300 a -- true
125 run a a -- true
125 run a -c true false
125 run a -c
END

empty_words() {
  exits 2 ksem wait ''
  exits 2 ksem wait -n '' a
  exits 2 ksem set a --value ''
  exits 2 ksem create ''
  exits 125 ksem run '' -- true
  exits 125 ksem run '' a -- true
  exits 125 ksem run a '' -- true
  has "$err" "not a valid name"
  exits 125 ksem run a -t '' -- true
  is "$root/a/value" 1
}

durations() {
  for duration in 0 0s 0ns 1ns 1us 1ms 0.001 0.001s 00.0010s 0.00001m \
    0.0000001h 0.00000001d 0.0000000000000000001s; do
    exits 124 ksem wait a -n 5 -t "$duration"
  done
  ksem wait a -t 9223372036.854775807s
  ksem post a
}

check "empty words are no names and no numbers" empty_words
check "durations in every unit" durations
finish
