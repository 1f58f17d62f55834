#!/bin/sh
# SPDX-License-Identifier: MIT
# ksem run: however it ends, the units are back and the status is right.
# shellcheck source=tools/ksem/tests/expect.sh
. expect.sh

# A door with one unit, that has to be back at the end.
door() {
  anew door --value 1 --max 1
}
back() {
  is "$root/door/value" 1
  is "$root/door/waiters" 0
}

# In the background, says when it is ready, and waits for a signal.
cat >/tmp/trapper <<'END'
#!/bin/sh
for s in HUP USR1 TERM; do
  trap "echo $s >/tmp/trapped; exit 9" $s
done
echo ready >/tmp/trapped
while :; do sleep 0.1; done
END
chmod +x /tmp/trapper
trapper() {
  rm -f /tmp/trapped
  ksem run door -- /tmp/trapper &
  soon [ -s /tmp/trapped ]
  is /tmp/trapped ready
}

# In the background, says its process id when it is ready, and dies of signals.
sleeper() {
  rm -f /tmp/sleeper
  # shellcheck disable=SC2016
  ksem run door -- sh -c 'echo $$ >/tmp/sleeper; exec sleep 3600' &
  soon [ -s /tmp/sleeper ]
}

holds() {
  door
  [ "$(ksem run door -- cat "$root/door/value")" = 0 ]
  back
}

several() {
  anew a --value 5
  [ "$(ksem run a -n 3 -- cat "$root/a/value")" = 2 ]
  is "$root/a/value" 5
}

statuses() {
  door
  for status in 0 1 2 7 124 125 126 127 255; do
    exits "$status" ksem run door -- sh -c "exit $status"
    back
  done
}

not_started() {
  door
  exits 127 ksem run door -- no-such-command
  has "$err" "no-such-command: No such file"
  back
  exits 126 ksem run door -- /tmp
  back
  : >/tmp/plain
  exits 126 ksem run door -- /tmp/plain
  back
}

killed() {
  door
  for signal in HUP INT KILL USR1 SEGV PIPE ALRM TERM; do
    # shellcheck disable=SC2016
    exits $((128 + $(kill -l "$signal"))) \
      ksem run door -- sh -c 'kill -$0 $$; sleep 3600' "$signal"
    back
  done
}

passed_on() {
  door
  for signal in HUP USR1 TERM; do
    trapper
    kill "-$signal" $!
    ends 9 $!
    is /tmp/trapped "$signal"
    back
  done
}

ends_by_the_signal() {
  door
  for signal in HUP TERM 34; do
    sleeper
    kill "-$signal" $!
    ends $((128 + $(kill -l "$signal"))) $!
    back
  done
}

# The unit is the command's until that has ended.
kept_until_the_end() {
  door
  mkfifo /tmp/fifo
  ksem run door -- sh -c 'trap "" TERM; : >/tmp/fifo; read -r x </tmp/fifo' &
  read -r _ </tmp/fifo || :
  kill -TERM $!
  sleep 0.3
  is "$root/door/value" 0
  echo >/tmp/fifo
  ends 0 $!
  back
  rm /tmp/fifo
}

command_killed_from_outside() {
  door
  sleeper
  kill -KILL "$(cat /tmp/sleeper)"
  ends 137 $!
  back
}

ksem_killed() {
  door
  sleeper
  kill -9 $!
  if wait $!; then return 1; fi
  is "$root/door/value" 0
  kill "$(cat /tmp/sleeper)"
  soon is "$root/door/value" 1
}

# The command doesn't have it, so it doesn't keep it either.
handle_kept_from_command() {
  door
  for option in -o --close; do
    ksem run "$option" door -- ls -l /proc/self/fd >"$out"
    lacks "$out" "/dev/ksem"
    back
  done
  rm -f /tmp/sleeper
  # shellcheck disable=SC2016
  ksem run -o door -- sh -c 'echo $$ >/tmp/sleeper; exec sleep 3600' &
  soon [ -s /tmp/sleeper ]
  is "$root/door/value" 0
  kill -9 $!
  soon is "$root/door/value" 1
  kill "$(cat /tmp/sleeper)"
}

# As the manual page says.
command_closes_what_it_inherits() {
  door
  rm -f /tmp/sleeper
  # shellcheck disable=SC2016
  ksem run door -- bash -c '
    for link in /proc/self/fd/*; do
      fd=${link##*/}
      [ "$fd" -le 2 ] || eval "exec $fd>&-"
    done
    echo $$ >/tmp/sleeper
    exec sleep 3600' &
  soon [ -s /tmp/sleeper ]
  is "$root/door/value" 0
  kill -9 $!
  soon is "$root/door/value" 1
  kill "$(cat /tmp/sleeper)"
}

# A number that is printed to a handle is a post.
without_standard_descriptors() {
  door
  # shellcheck disable=SC2016
  ksem run door -- bash -c 'echo 1 >&2; cat '"$root"'/door/value >/tmp/value
    ls -l /proc/$$/fd >/tmp/fds' <&- >&- 2>&- || :
  is /tmp/value 0
  lacks /tmp/fds ' [012] -> /'
  grep -q ' 5[0-9][0-9] -> /dev/ksem/door' /tmp/fds
  back
}

stopped_and_continued() {
  door
  trapper
  kill -STOP $!
  kill -TERM $!
  sleep 0.2
  is /tmp/trapped ready
  kill -CONT $!
  ends 9 $!
  back
}

no_unit() {
  anew door
  exits 1 ksem run door --nonblock -- touch /tmp/ran
  exits 124 ksem run door -t 50ms -- touch /tmp/ran
  exits 124 ksem run door -w 50ms -- touch /tmp/ran
  exits 99 ksem run door --nonblock -E 99 -- touch /tmp/ran
  exits 0 ksem run door -t 1ms --conflict-exit-code 0 -- touch /tmp/ran
  [ ! -e /tmp/ran ]
  is "$root/door/value" 0
}

# A user who can't give it back isn't to take it.
needs_both_permissions() {
  rm -f /tmp/ran
  anew door --value 1 --max 1
  anew gate --value 1 --max 1 --mode 666
  for mode in 444 222; do
    chmod "$mode" /dev/ksem/door
    for names in door "gate door"; do
      exits 125 su user -c "ksem run $names -- touch /tmp/ran"
      has "$err" "door: permission denied; type: sudo ksem run"
      back
    done
  done
  # By the files.
  chmod 600 /dev/ksem/door
  chmod 666 "$root"/door/wait "$root"/door/trywait
  exits 125 su user -c "ksem run door -- touch /tmp/ran"
  has "$err" "door: permission denied"
  back
  [ ! -e /tmp/ran ]
  chmod 222 "$root"/door/post
  exits 3 su user -c "ksem run door -c 'exit 3'"
  back
  is "$root/gate/value" 1
}

# The idiom of flock: nothing is made before.
makes_what_is_missing() {
  for n in 1 3; do
    ksem rm -f door
    [ "$(ksem run --create "$n" door -- cat "$root/door/value")" = $((n - 1)) ]
    is "$root/door/value" "$n"
    is "$root/door/max" "$n"
  done
  exits 0 ksem run --create 2 door -- cat "$root/door/value"
  is "$out" 2
  has "$err" "door: is there already, with max 3 (asked: 2)"
  exits 0 ksem run -j 3 door -- true
  [ ! -s "$err" ]
}

# The first one makes it, and never are two inside.
made_by_many() {
  ksem rm -f door
  rm -rf /tmp/inside /tmp/crowded
  for _ in $(seq 20); do
    ksem run --create 1 door -c '
      mkdir /tmp/inside || echo >>/tmp/crowded
      rmdir /tmp/inside' &
  done
  wait
  [ ! -e /tmp/crowded ]
  back
}

plain_lock() {
  ksem rm -f lock
  ksem create lock
  ksem run lock -t 1h -- true
  exits 1 ksem run lock -- ksem run lock --nonblock -- true
  ksem rm lock
}

by_shell() {
  door
  [ "$(ksem run door -c 'echo a; echo b' | tr '\n' ,)" = a,b, ]
  exits 3 ksem run -c 'exit 3' door
  exits 125 ksem run door -c true -- false
  has "$err" "-c has the COMMAND"
  back
}

says_what_it_waits_for() {
  anew door --max 1
  ksem run --verbose door -- true 2>/tmp/waiter.err &
  soon has /tmp/waiter.err "to give up: Ctrl-C"
  grep -qx "ksem run: waits for 1 unit of door: value 0, max 1" /tmp/waiter.err
  ksem run door -- true 2>/tmp/silent.err &
  blocked door 2
  ksem post door
  wait
  [ ! -s /tmp/silent.err ]
}

# told TEXT: the line that another waiter says first has it.
told() {
  ksem run --verbose door -- true 2>/tmp/waiter.err &
  waiter=$!
  soon has /tmp/waiter.err "to give up: Ctrl-C"
  kill "$waiter"
  ends 143 "$waiter"
  head -n 1 /tmp/waiter.err >/tmp/first
  has /tmp/first "$1"
}

says_who_holds_it() {
  anew door --value 2 --max 2
  ksem run door -- sleep 3600 &
  first=$!
  soon is "$root/door/value" 1
  ksem run door -- sleep 3600 &
  second=$!
  soon is "$root/door/value" 0
  told "max 2; held by "
  grep -Eq "($first|$second) [(]ksem[)]" /tmp/first
  grep -Eq "held by [0-9]+ [(](ksem|sleep)[)], [0-9]+ [(](ksem|sleep)[)] and 2 more" \
    /tmp/first
  kill "$first" "$second"
  soon is "$root/door/value" 2
  wait
  ksem wait door -n 2
  cat "$root/door/wait" &
  cat=$!
  blocked door
  told "max 2, 1 other waits"
  kill "$cat"
}

makes_none_that_is_too_small() {
  ksem rm -f door
  exits 125 ksem run --create 1 -n 2 door -- true
  has "$err" "--create 1 makes fewer than the 2 units that are to be held"
  exits 125 ksem run --create 1 door:2 -- true
  [ ! -e "$root/door" ]
}

in_time() {
  anew door
  ksem run door -t 1h -- sh -c 'exit 5' &
  blocked door
  ksem post door
  ends 5 $!
  is "$root/door/value" 1
}

killed_while_waiting() {
  anew door
  for signal in HUP TERM 34; do
    ksem run door -- touch /tmp/ran &
    blocked door
    kill "-$signal" $!
    ends $((128 + $(kill -l "$signal"))) $!
    is "$root/door/waiters" 0
  done
  ksem post door
  [ ! -e /tmp/ran ]
  back
}

# Whichever comes first, the unit is there afterwards.
signal_against_post() {
  door
  for _ in $(seq 20); do
    ksem try door
    ksem run door -- true &
    blocked door
    kill -TERM $! &
    ksem post door
    wait
    back
  done
}

given_up_meanwhile() {
  door
  exits 3 ksem run door -- sh -c "ksem set door --shutdown; exit 3"
  has "$err" "shut down"
  door
  exits 3 ksem run door -- sh -c "ksem rm door; exit 3"
  door
  exits 125 ksem run door -- ksem post door
  has "$err" "pass its max"
  back
}

inherits() {
  door
  [ "$(echo hello | ksem run door -- cat)" = hello ]
  X=1 ksem run door -- env | grep -qx X=1
  # Nothing blocked, nothing ignored, nothing of ours open.
  ksem run door -- grep -E 'SigBlk|SigIgn' /proc/self/status >"$out"
  grep -E 'SigBlk|SigIgn' /proc/self/status >/tmp/wanted
  cmp /tmp/wanted "$out"
  ksem run door -- ls -l /proc/self/fd >"$out"
  lacks "$out" 'signalfd|config'
  [ "$(grep -c /dev/ksem/door "$out")" = 1 ] # the handle: see ksem_killed
  (
    trap '' HUP
    ksem run door -- grep SigIgn /proc/self/status >"$out"
    grep SigIgn /proc/self/status | cmp - "$out"
  )
}

parent_ignores_children() {
  door
  (
    trap '' CHLD
    exits 6 ksem run door -- sh -c 'exit 6'
  )
  back
}

words() {
  door
  [ "$(ksem run door -- printf '%s;' -- -n 5 --timeout -- 'a b' '')" = \
    "--;-n;5;--timeout;--;a b;;" ]
  [ "$(ksem run door echo -n x)" = x ]
  [ "$(ksem run -n 1 -- door -- echo -n x)" = x ]
  for forgotten in "ksem run -- echo x" "ksem run -n 1 --" "ksem run --"; do
    # shellcheck disable=SC2086  # several words
    exits 125 $forgotten
    has "$err" 'NAME is missing before "--": ksem run NAME -- COMMAND'
  done
  [ "$(ksem run door -n 1 -t 1s -- echo -t)" = -t ]
}

script_without_interpreter() {
  door
  echo 'exit $#' >/tmp/plain
  chmod +x /tmp/plain
  exits 2 ksem run door -- /tmp/plain 1 2
  back
}

background_holds_nothing() {
  door
  ksem run door -- sh -c 'sleep 3600 & echo $! >/tmp/left'
  back
  kill "$(cat /tmp/left)"
}

many() {
  anew door --value 2 --max 2
  # shellcheck disable=SC2016
  cat >/tmp/worker <<'END'
mkdir /tmp/inside/$$
set -- /tmp/inside/*
[ $# -le 2 ] || echo $# >>/tmp/crowded
echo >>/tmp/done
rmdir /tmp/inside/$$
END
  rm -rf /tmp/inside /tmp/crowded /tmp/done
  mkdir /tmp/inside
  for _ in $(seq 30); do ksem run door -- sh /tmp/worker & done
  wait
  [ ! -e /tmp/crowded ]
  [ "$(wc -l </tmp/done)" -eq 30 ]
  is "$root/door/value" 2
}

check "the command holds a unit, and then it is back" holds
check "several units" several
check "the command's exit status" statuses
check "126 and 127 if it can't be started" not_started
check "a command that is killed: 128+N" killed
check "signals go on to the command" passed_on
check "a signal that ends the command ends ksem" ends_by_the_signal
check "the unit is taken until the command has ended" kept_until_the_end
check "kill -9 of the command" command_killed_from_outside
check "kill -9 of ksem: back when the command has ended" ksem_killed
check "--close keeps the handle from the command" handle_kept_from_command
check "a command that closes what it inherits" command_closes_what_it_inherits
check "started without 0, 1 and 2" without_standard_descriptors
check "stopped and continued" stopped_and_continued
check "--nonblock: 1, --timeout: 124, and nothing is run" no_unit
check "it needs permission to take and to give" needs_both_permissions
check "a lock, as create makes it" plain_lock
check "--create: made if it is missing" makes_what_is_missing
check "--create: by many at once" made_by_many
check "-c: a line for the shell" by_shell
check "--verbose: says what it waits for" says_what_it_waits_for
check "--verbose: says who holds it" says_who_holds_it
check "--create: makes none that is too small" makes_none_that_is_too_small
check "--timeout: in time" in_time
check "a signal while it waits: nothing is taken or run" killed_while_waiting
check "a signal against a post" signal_against_post
check "semaphore shut down, removed, or full meanwhile" given_up_meanwhile
check "the command finds all as without us" inherits
check "SIGCHLD ignored by our parent" parent_ignores_children
check "the command's words are its own" words
check "a script without #!" script_without_interpreter
check "what stays in the background holds nothing" background_holds_nothing
check "many over two units" many
finish
