#!/bin/sh
# SPDX-License-Identifier: MIT
# Every verb but run and watch: what it does, and its exit status.
# shellcheck source=tools/ksem/tests/expect.sh
. expect.sh

# created VALUE MAX [OPTION…]: what comes of these options.
created() {
  ksem rm -f a
  value=$1 max=$2
  shift 2
  ksem create a "$@"
  is "$root/a/value" "$value"
  is "$root/a/max" "$max"
  is "$root/a/order" fifo
}

create_defaults() {
  created 1 1
  created 1 1 --fair 0
  created 3 3 --max 3
  created 3 2147483647 --value 3
  created 0 2147483647 --value 0
  created 0 4 --value 0 --max 4
}

create_with_all() {
  anew a --value 2 --max 3 --order priority
  is "$root/a/value" 2
  is "$root/a/max" 3
  is "$root/a/order" priority
}

create_twice() {
  anew a --value 2
  says "there is one already" ksem create a
  exits 0 ksem create a --exist-ok --value 7
  is "$root/a/value" 2
  [ ! -s "$err" ]
}

# tells TEXT OPTION…: what is there is said to differ in TEXT.
tells() {
  text=$1
  shift
  exits 0 ksem create a --exist-ok "$@"
  has "$err" "ksem create: a: is there already, with $text"
  [ "$(wc -l <"$err")" -eq 1 ]
}

create_says_what_differs() {
  anew a --value 2
  tells "max 2147483647 (asked: 1)"
  anew a --value 1 --max 3 --order priority --undo 1 --mode 640
  tells "max 3 (asked: 2), undo 1 (asked: 0), mode 640 (asked: 600)" \
    --max 2 --undo 0 --mode 600
  tells "order priority (asked: fifo), fair 1 (asked: 0)" \
    --max 3 --order fifo --fair 0
  exits 0 ksem create a --exist-ok --max 3 --order priority --undo 1 --mode 640
  [ ! -s "$err" ]
  is "$root/a/max" 3
  ksem set a --shutdown
  tells "shutdown 1 (asked: 0)" --max 3
}

create_with_rules() {
  echo jobs:x:1234: >>/etc/group
  anew a --undo 1 --mappable 0 --fair 0 --record 1 --mode 640 --group jobs
  is "$root/a/record" 1
  is "$root/a/fair" 0
  is "$root/a/undo" 1
  is "$root/a/mappable" 0
  [ "$(stat -c '%a %u %g' /dev/ksem/a)" = "640 0 1234" ]
  anew a --undo 0 --mappable 1 --fair 1 --group 77
  is "$root/a/fair" 1
  is "$root/a/undo" 0
  is "$root/a/mappable" 1
  [ "$(stat -c '%a %u %g' /dev/ksem/a)" = "600 0 77" ]
}

create_refuses() {
  ksem rm -f a
  for bad in "--mode 888" "--mode 1000" "--mode u+r" "--mode -1" \
    "--group nobodys" "--group -1" "--group 4294967295" "--undo 2" \
    "--mappable yes" "--fair 2" "--record 2"; do
    # shellcheck disable=SC2086
    says "${bad#* }: " ksem create a $bad
  done
  says "--value is more than --max" ksem create a --value 2 --max 1
  says "not a valid name" ksem create .control
  [ ! -e "$root/a" ]
}

# As "exec 9<>/dev/ksem/a" makes one that comes too early.
create_where_a_file_is() {
  ksem rm -f a
  echo 1 >/dev/ksem/a
  says "/dev/ksem/a is a file" ksem create a
  [ ! -e "$root/a" ]
  exits 125 ksem run --create 1 a -- true
  has "$err" "/dev/ksem/a is a file"
  [ ! -e "$root/a" ]
  rm -- /dev/ksem/a
  mkdir /dev/ksem/a
  says "/dev/ksem/a is a directory" ksem create a
  has "$err" "rmdir -- /dev/ksem/a"
  rmdir /dev/ksem/a
  ksem create a
  [ -c /dev/ksem/a ]
  says "not a valid name" ksem create .
}

# Not of a semaphore that has one.
without_its_device() {
  anew a --value 1
  anew b --value 1
  mv /dev/ksem/a /dev/elsewhere
  for verb in "who a" "wait --any b a"; do
    # shellcheck disable=SC2086
    says "a: its device, /dev/ksem/a, is missing" ksem $verb
  done
  mkdir /dev/ksem/a
  says "a: /dev/ksem/a is a directory, in the place of the device" ksem who a
  rmdir /dev/ksem/a
  mv /dev/elsewhere /dev/ksem/a
  ksem rm b
  KSEM_ROOT=/sys/kernel/config/ksem/ says "there are no devices of" ksem who a
}

create_elsewhere() {
  for root_of_ours in /tmp/plain /sys/kernel/config; do
    mkdir -p "$root_of_ours"
    KSEM_ROOT=$root_of_ours exits 2 ksem create q
    [ ! -e "$root_of_ours/q" ]
  done
  KSEM_ROOT=/tmp/plain \
    says "/tmp/plain, which KSEM_ROOT names, isn't a directory of configfs" \
    ksem create q
  KSEM_ROOT=/sys/kernel/config/ksem/ ksem create q
  [ -e "$root/q/value" ]
  ksem rm q
}

# In a directory as /tmp is, a user removes what is the user's own.
remove_of_users_own() {
  chmod 1777 "$root"
  ksem rm -f a
  ksem create b
  su user -c "ksem create a"
  su user -c "ksem rm a"
  [ ! -e "$root/a" ]
  su user -c "ksem create a --mode 0"
  su user -c "ksem rm a"
  [ ! -e "$root/a" ]
  exits 2 su user -c "ksem rm b"
  has "$err" "permission"
  [ -e "$root/b" ]
  ksem rm b
  chmod 755 "$root"
}

# Killed at any moment, it leaves a whole one or none.
create_killed() {
  for round in $(seq 30); do
    ksem rm -f a
    ksem create a --value 3 --max 5 &
    usleep $((round * 200))
    kill -9 $! || true
    wait $! || true
    [ -e "$root/a" ] || continue
    is "$root/a/value" 3
    is "$root/a/max" 5
  done
}

# Without any permission for the files, which are root's.
user_makes_and_sets() {
  chmod 777 "$root"
  su user -c "ksem create mine --value 2 --max 3 --order priority --mode 660"
  chmod 755 "$root"
  is "$root/mine/value" 2
  is "$root/mine/max" 3
  is "$root/mine/order" priority
  [ "$(stat -c '%a %u' /dev/ksem/mine)" = "660 1000" ]
  su user -c "ksem set mine --value 7 --max 7 --order fifo --undo 1"
  su user -c "ksem set mine --mappable 0"
  is "$root/mine/value" 7
  is "$root/mine/max" 7
  is "$root/mine/order" fifo
  is "$root/mine/undo" 1
  is "$root/mine/mappable" 0
  su user -c "ksem set mine --shutdown"
  is "$root/mine/shutdown" 1
  ksem rm mine
}

user_gives_to_own_groups() {
  chmod 777 "$root"
  says "a group that you aren't in" su user -c "ksem create mine --group 0"
  chmod 755 "$root"
  [ ! -e "$root/mine" ]
}

no_control_node() {
  mv /dev/ksem/.control /dev/elsewhere
  ksem rm -f a
  says "/dev isn't the kernel's" ksem create a
  ksem create a --value 0
  mv /dev/elsewhere /dev/ksem/.control
}

rm_one() {
  anew a
  ksem rm a
  [ ! -e "$root/a" ]
}

rm_missing() {
  says "no such semaphore" ksem rm nobody
  ksem rm -f nobody
  KSEM_ROOT=/nowhere says "no directory /nowhere" ksem rm -f nobody
}

rm_goes_on() {
  anew a
  anew b
  exits 2 ksem rm a nobody b
  [ ! -e "$root/a" ]
  [ ! -e "$root/b" ]
}

rm_busy() {
  anew a
  ksem wait a &
  blocked a
  says "in use" ksem rm a
  ksem post a
  wait $!
}

rm_of_a_module() {
  insmod /lib/ksem/ksem_test.ko
  mkdir /sys/kernel/config/ksem_test/theirs
  says "a kernel module made it" ksem rm theirs
  [ -e "$root/theirs" ]
  rmdir /sys/kernel/config/ksem_test/theirs
  [ ! -e "$root/theirs" ]
  rmmod ksem_test
}

ls_plain() {
  anew b
  anew a
  exits 0 ksem ls
  printf 'a\nb\n' | cmp - "$out"
}

ls_table() {
  anew a --value 5 --max 9
  exits 0 ksem ls -l
  grep -Eq '^NAME +VALUE +MAX +WAITERS +ORDER +RULES +ACQUIRED +POSTED +' "$out"
  grep -Eq '^a +5 +9 +0 +fifo +- +0 +0 +0 +0 +0 +0ns +0ns$' "$out"
}

ls_shows_rules_and_counters() {
  anew a --fair 0 --undo 1 --mappable 0 --record 1
  ksem run a -- true & # its unit comes back: 3 posted, and 1
  blocked a
  ksem post a -n 3
  wait $!
  if echo 1ms 9 >"$root/a/timedwait"; then return 1; fi
  exits 0 ksem ls -l
  grep -Eq '^a .* fifo +unfair,undo,unmappable,record +1 +4 +2 +1 +0 +[0-9]' "$out"
  ksem set a --shutdown
  exits 0 ksem ls -l
  has "$out" "shutdown,unfair,"
  exits 0 ksem show a
  has "$out" "shutdown:      1 (every wait and every post fails, for ever)"
}

shutdown_for_all_to_see() {
  anew a
  exits 0 su user -c "ksem ls --json"
  jq -e '.[0].shutdown == false' "$out"
  ksem set a --shutdown
  exits 0 su user -c "ksem show a"
  has "$out" "shutdown:      1"
  exits 0 su user -c "ksem ls --json"
  jq -e '.[0].shutdown == true' "$out"
}

natural_order() {
  ksem rm -f a b
  for name in s10 s2 s1 s09; do anew "$name"; done
  exits 0 ksem ls
  printf 's09\ns1\ns2\ns10\n' | cmp - "$out"
  ksem rm s10 s2 s1 s09
}

ls_json() {
  ksem rm -f a b
  exits 0 ksem ls --json
  jq -e '. == []' "$out"
  anew a --value 5 --max 9
  anew b --order priority --fair 0
  exits 0 ksem ls --json
  jq -e '. == [
    {name: "a", value: 5, max: 9, waiters: 0, order: "fifo", fair: true, undo: false,
     mappable: true, record: false, shutdown: false, mode: "600", owner: 0, group: 0,
     acquired: 0, posted: 0, contended: 0, timeouts: 0, interrupted: 0,
     wait_ns_total: 0, wait_ns_max: 0},
    .[1]
  ] and .[1].name == "b" and .[1].order == "priority" and (.[1].fair | not)' "$out"
}

ls_to_a_full_disk() {
  anew a
  exits 2 sh -c 'ksem ls >/dev/full'
  has "$err" "No space left"
}

show_blocks() {
  anew a --value 1 --max 2
  anew b
  exits 0 ksem show a b
  {
    block a 1 2
    echo
    block b 0 2147483647
  } >/tmp/wanted
  cmp /tmp/wanted "$out"
}

# block NAME VALUE MAX: what show says of a new one.
block() {
  cat <<END
name:          $1
value:         $2
max:           $3
waiters:       0
order:         fifo
fair:          1
undo:          0
mappable:      1
record:        0
shutdown:      0
device:        /dev/ksem/$1, mode 600, owner 0, group 0
acquired:      0
posted:        0
contended:     0
timeouts:      0
interrupted:   0
wait_ns_total: 0
wait_ns_max:   0
END
}

show_json() {
  anew a --value 1 --max 2
  exits 0 ksem show --json a
  jq -e '.[0].value == 1 and length == 1' "$out"
}

show_missing() {
  anew a
  exits 2 ksem show a nobody
  has "$out" "name:          a"
  has "$err" "ksem create nobody"
}

set_value_and_max() {
  anew a --value 2 --max 2
  ksem set a --value 5 --max 5
  is "$root/a/value" 5
  is "$root/a/max" 5
  ksem set a --value 1 --max 1
  is "$root/a/value" 1
  is "$root/a/max" 1
}

set_value_wakes() {
  anew a
  ksem wait a &
  blocked a
  ksem set a --value 1
  wait $!
  is "$root/a/value" 0
}

set_refuses() {
  anew a --value 3 --max 3
  says "less than its value" ksem set a --max 2
  says "pass its max" ksem set a --value 4
  is "$root/a/value" 3
  is "$root/a/max" 3
}

set_all_or_nothing() {
  anew a --value 3 --max 3
  ksem set a --max 9
  ksem wait a -n 5 &
  blocked a
  says "blocked on it: its order" ksem set a --max 10 --order priority
  is "$root/a/max" 9
  says "pass its max" ksem set a --value 10 --undo 1
  says "waits for more units" ksem set a --value 1 --max 2 --undo 1
  is "$root/a/value" 3
  is "$root/a/undo" 0
  ksem set a --value 5 --undo 1 --mappable 0 --fair 0 --record 1
  is "$root/a/record" 1
  wait $!
  is "$root/a/undo" 1
  is "$root/a/mappable" 0
  is "$root/a/fair" 0
}

set_order() {
  anew a
  ksem set a --order priority
  is "$root/a/order" priority
  ksem wait a &
  blocked a
  says "the order can't be changed while a task waits" ksem set a --order fifo
  ksem post a
  wait $!
}

set_max_under_a_waiter() {
  anew a
  ksem wait a -n 2 &
  blocked a
  says "waits for more units" ksem set a --max 1
  ksem post a -n 2
  wait $!
}

set_shutdown() {
  anew a
  ksem wait a 2>/tmp/waiter.err &
  blocked a
  ksem set a --shutdown
  ends 2 $!
  has /tmp/waiter.err "shut down"
  says "shut down" ksem wait a
  says "shut down" ksem try a
  says "shut down" ksem post a
}

wait_takes() {
  anew a --value 3
  ksem wait a
  is "$root/a/value" 2
  ksem wait a -n 2
  is "$root/a/value" 0
}

wait_blocks() {
  anew a
  ksem wait a -n 2 &
  blocked a
  ksem post a
  is "$root/a/waiters" 1
  ksem post a
  wait $!
  is "$root/a/value" 0
}

wait_times_out() {
  anew a
  exits 124 ksem wait a -t 10ms
  exits 124 ksem wait a -w 0
  exits 7 ksem wait a -E 7 --timeout 0
  exits 0 ksem wait a --conflict-exit-code 0 -t 0
  is "$root/a/waiters" 0
}

wait_tells() {
  anew a --max 5
  ksem wait a -n 2 --verbose 2>/tmp/waiter.err &
  soon has /tmp/waiter.err "to give up: Ctrl-C"
  grep -qx "ksem wait: waits for 2 units of a: value 0, max 5" /tmp/waiter.err
  has /tmp/waiter.err "ksem post a"
  ksem post a -n 2
  wait $!
  [ "$(wc -l </tmp/waiter.err)" -eq 2 ]
}

wait_in_time() {
  anew a
  ksem wait a -t 1h &
  blocked a
  ksem post a
  ends 0 $!
}

wait_for_too_much() {
  anew a --max 2
  says "never be there" ksem wait a -n 3
  says "never be there" ksem try a -n 3
}

wait_killed() {
  anew a
  # A background job of this shell would ignore SIGINT.
  for signal in TERM HUP USR1 PIPE; do
    ksem wait a &
    blocked a
    kill "-$signal" $!
    ends $((128 + $(kill -l "$signal"))) $!
    is "$root/a/waiters" 0
  done
  ksem post a
  is "$root/a/value" 1
}

# Nobody would have it as soon as ksem ends.
not_with_undo() {
  anew a --value 1 --undo 1 --mode 666
  anew b --value 1
  comes="units come back when their holder ends (undo is 1); use: ksem run a -- COMMAND"
  says "ksem wait: a: $comes" ksem wait a
  says "ksem try: a: $comes" ksem try a
  for words in "wait --any b a" "wait --all b a" "try b a"; do
    # shellcheck disable=SC2086  # several words
    says "a: $comes" ksem $words
  done
  is "$root/a/value" 1
  is "$root/b/value" 1
  chmod 600 /dev/ksem/a
  chmod 666 "$root"/a/wait "$root"/a/trywait
  su user -c "ksem try a" # by the files nothing comes back
  is "$root/a/value" 0
}

# One that comes between having the unit and the end.
wait_killed_at_the_end() {
  anew a --value 1
  # shellcheck disable=SC2016
  exits $((128 + $(kill -l TERM))) \
    /bin/env --block-signal=TERM sh -c 'kill -TERM $$; exec ksem wait a'
  is "$root/a/value" 1
}

# With status 0 the unit is taken; if the signal ends it, it isn't.
signal_at_any_moment() {
  for call in rt_sigprocmask close; do
    for nth in $(seq 8); do
      anew a --value 1
      got=0
      strace -qq -o /dev/null -e "inject=$call:signal=TERM:when=$nth" \
        ksem "$1" a || got=$?
      echo "$call $nth: $got, value $(cat "$root/a/value")"
      if [ "$got" -eq 0 ]; then
        is "$root/a/value" 0
      else
        [ "$got" -eq 143 ]
        is "$root/a/value" 1
      fi
    done
  done
}

# As if there were no memory left for another task.
no_more_tasks() {
  anew a --value 1 --mode 666
  exits 125 su user -c "ulimit -u 1; exec ksem run a -- true"
  has "$err" "ksem run: vfork: Resource temporarily unavailable"
  is "$root/a/value" 1
  says "ksem wait: thread: Resource temporarily unavailable" \
    su user -c "ulimit -u 1; exec ksem wait a -n 2"
  is "$root/a/value" 1
}

# Who doesn't learn the name can't give it back.
any_to_a_full_disk() {
  anew a --value 1
  anew b --value 1
  says "ksem wait: standard output: No space left" \
    sh -c 'ksem wait --any a b >/dev/full'
  is "$root/a/value" 1
  says "ksem wait: standard output: Bad file descriptor" \
    sh -c 'ksem wait --any a b >&-'
  is "$root/a/value" 1
  says "No space left" sh -c 'ksem wait --any a >/dev/full'
  is "$root/a/value" 1
  is "$root/b/value" 1
}

wait_ignores_what_was_ignored() {
  anew a
  (
    trap '' HUP CHLD
    exec ksem wait a
  ) &
  blocked a
  kill -HUP $!
  ksem post a
  ends 0 $!
}

wait_stopped() {
  anew a
  ksem wait a &
  blocked a
  kill -STOP $!
  kill -CONT $!
  ksem post a
  ends 0 $!
  is "$root/a/value" 0
}

try_takes_or_not() {
  anew a --value 2
  exits 0 ksem try a
  exits 1 ksem try a -n 2
  is "$root/a/value" 1
  exits 0 ksem try a
  exits 1 ksem try a
  [ ! -s "$err" ]
}

post_gives() {
  anew a --max 3
  ksem post a
  ksem post -n 2 a
  is "$root/a/value" 3
  says "pass its max" ksem post a
  is "$root/a/value" 3
}

missing() {
  for verb in show wait try post; do
    says "no such semaphore; to make it: ksem create nobody" ksem "$verb" nobody
  done
  says "no such semaphore" ksem set nobody --value 1
}

unknown_verbs() {
  says "no such verb: 'crate'; the nearest is 'create'" ksem crate a
  says "no such verb: 'psot'; the nearest is 'post'" ksem psot a
  says "no such verb: 'list'; the nearest is 'ls'" ksem list
  says "no such verb: 'xyzzy'" ksem xyzzy
  lacks "$err" nearest
  says "no such verb: 'wiat'; the nearest is 'wait'" ksem help wiat
  says "too many words: post" ksem help wait post
  says "no such verb: '\x1b[31m'" ksem "$(printf '\033[31m')"
}

helps() {
  exits 0 ksem --help
  for verb in create rm ls show set wait try post run watch; do
    has "$out" "  $verb "
    ksem "$verb" --help | grep -q "Usage: ksem $verb"
    ksem "$verb" --help | grep -q "Exit status:"
  done
  ksem --version | grep -Eq '^ksem [0-9]'
  [ "$(ksem -V)" = "$(ksem --version)" ]
  for verb in create run; do
    ksem help "$verb" >/tmp/help
    ksem "$verb" --help | cmp - /tmp/help
  done
  ksem --help >/tmp/help
  ksem help | cmp - /tmp/help
}

check "create: a lock, or as many as it may hold" create_defaults
check "create: value, max and order" create_with_all
check "create: a second time only with --exist-ok" create_twice
check "create --exist-ok: says what differs" create_says_what_differs
check "create: rules, mode and group" create_with_rules
check "create: what can't be makes nothing" create_refuses
check "create where a plain file is" create_where_a_file_is
check "a semaphore whose device is missing" without_its_device
check "create where no semaphores can be" create_elsewhere
check "rm of a user's own, with 1777" remove_of_users_own
check "create: killed, it leaves a whole one or none" create_killed
check "create, set: a user who may make one sets all" user_makes_and_sets
check "create: only groups of one's own" user_gives_to_own_groups
check "create: without the control node" no_control_node
check "rm: removes" rm_one
check "rm: a missing one is an error without -f" rm_missing
check "rm: goes on after an error" rm_goes_on
check "rm: not with somebody blocked" rm_busy
check "rm: not what a kernel module has made" rm_of_a_module
check "ls: names, sorted" ls_plain
check "ls -l: a table" ls_table
check "ls --json: parses, empty too" ls_json
check "ls -l: rules and counters" ls_shows_rules_and_counters
check "ls, show: a user who may not open it sees a shutdown" \
  shutdown_for_all_to_see
check "ls: numbers in names count as numbers" natural_order
check "ls: a full disk is an error" ls_to_a_full_disk
check "show: one block each" show_blocks
check "show --json: parses" show_json
check "show: a missing one does not hide the others" show_missing
check "set: value and max together, up and down" set_value_and_max
check "set --value wakes" set_value_wakes
check "set: what does not fit changes nothing" set_refuses
check "set: all in one step, or nothing" set_all_or_nothing
check "set --order: not with somebody blocked" set_order
check "set --max: not below what somebody waits for" set_max_under_a_waiter
check "set --shutdown: ends all waits, and all later" set_shutdown
check "wait: takes" wait_takes
check "wait: blocks until all its units are there" wait_blocks
check "wait --timeout: 124" wait_times_out
check "wait --verbose: says what it waits for" wait_tells
check "wait --timeout: 0 if they come in time" wait_in_time
check "wait: for more than the ceiling is an error" wait_for_too_much
check "wait: a signal ends it, and nothing is taken" wait_killed
check "wait: a signal at the end, and the unit is back" wait_killed_at_the_end
check "wait: a signal at any moment" signal_at_any_moment wait
check "try: a signal at any moment" signal_at_any_moment try
check "no more processes or threads" no_more_tasks
check "wait --any: a full disk, and the unit is back" any_to_a_full_disk
check "wait, try: not where units come back" not_with_undo
check "wait: ignored signals stay ignored" wait_ignores_what_was_ignored
check "wait: stop and go on" wait_stopped
check "try: 0 or 1" try_takes_or_not
check "post: all or none" post_gives
check "a missing semaphore: says how to make it" missing
check "an unknown verb: the nearest one" unknown_verbs
check "--help and --version" helps
finish
