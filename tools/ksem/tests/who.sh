#!/bin/sh
# SPDX-License-Identifier: MIT
# ksem who: holders, modules, the last operation and waiters.
# shellcheck source=tools/ksem/tests/expect.sh
. expect.sh

# who_has TEXT NAME: one line of it, its blanks squeezed, has TEXT in it.
who_has() {
  ksem who "$2" | tr -s ' ' >/tmp/who
  has /tmp/who "$1"
}

a_holder() {
  anew lock --value 1 --max 1
  ksem run lock -- sleep 1000 &
  soon is "$root/lock/value" 0
  who_has "lock: value 0, max 1, waiters 0" lock
  # The command shares the handle; the units count once.
  soon who_has "holder 1 $! ksem - gives them back when it ends" lock
  soon who_has "sleep - shares the handle above" lock
  [ "$(ksem who lock | grep -c ' 1 ')" -eq 1 ]
  kill $!
  soon is "$root/lock/value" 1
}

waiters_in_order() {
  anew lock --value 0 --max 5
  cat "$root/lock/wait" &
  first=$!
  blocked lock 1
  ksem wait lock -n 3 &
  second=$!
  blocked lock 2
  ksem who lock | awk '$1 == "waiter" { print $2, $3, $4 }' >/tmp/who
  printf '1 %s cat\n3 %s ksem\n' "$first" "$second" | diff - /tmp/who
  kill "$first" "$second"
}

the_way_of_a_waiter() {
  anew lock --value 0 --max 5
  ksem exec -- svsem 77 create
  ksem exec -- svsem 77 open take &
  soon is "$root/sysv-00000077.0/waiters" 1
  who_has "for one of several, or by semop" sysv-00000077.0
  kill $!
  wait $! || true
  ksem exec -- svsem 77 open take=2 &
  soon is "$root/sysv-00000077.0/waiters" 1
  who_has "waiter 2 " sysv-00000077.0
  who_has "for several at once" sysv-00000077.0
  kill $!
  ksem exec -- svsem 77 open remove
}

an_open_device() {
  anew lock --value 1 --max 1
  exec 9<>/dev/ksem/lock
  who_has " who.sh - has the device open" lock
  exec 9>&-
  ksem who lock | tail -n +3 >/tmp/who
  [ ! -s /tmp/who ]
}

in_a_chroot() {
  anew lock --value 1 --max 1
  mkdir -p /tmp/jail/dev /tmp/jail/bin
  mount --bind /dev /tmp/jail/dev
  cp /bin/busybox /tmp/jail/bin/sh
  mkfifo /tmp/fifo
  chroot /tmp/jail sh -c 'exec 9<>/dev/ksem/lock; read -r _ <&8' 8<>/tmp/fifo &
  soon who_has " $! sh - has the device open" lock
  echo >/tmp/fifo
  wait $!
  soon umount /tmp/jail/dev
}

a_module() {
  ksem rm -f lock
  insmod /lib/ksem/ksem_test.ko
  mkdir "/sys/kernel/config/ksem_test/lock"
  who_has "module - - ksem_test - made it" lock
  rmdir "/sys/kernel/config/ksem_test/lock"
  rmmod ksem_test
}

the_last_operation() {
  anew lock --value 1 --max 1
  ksem who lock >/tmp/who
  lacks /tmp/who '^last'
  ksem set lock --record 1
  cat "$root/lock/wait" >/dev/null &
  pid=$!
  wait "$pid"
  who_has "last - $pid - operated on it" lock
}

json() {
  anew lock --value 1 --max 1
  ksem run lock -- sleep 1000 &
  soon is "$root/lock/value" 0
  cat "$root/lock/wait" &
  blocked lock
  ksem who --json lock >/tmp/who
  [ "$(jq -r '.[0].name' /tmp/who)" = lock ]
  [ "$(jq -r '.[0].waiters[0].command' /tmp/who)" = cat ]
  [ "$(jq -r '.[0].waiters[0].way' /tmp/who)" = wait ]
  [ "$(jq -r '.[0].waiters[0].pid' /tmp/who)" = $! ]
  [ "$(jq -r '.[0].handles[0].undo' /tmp/who)" = 1 ]
  [ "$(jq -r '.[0].complete' /tmp/who)" = true ]
  kill %1 %2
}

nobody() {
  anew free --value 1
  ksem who free | tail -n +3 >/tmp/who
  [ ! -s /tmp/who ]
  [ "$(ksem who --json free | jq -c '.[0].waiters')" = "[]" ]
}

tells_of_a_shutdown() {
  anew lock --value 1 --max 1
  [ "$(ksem who --json lock | jq '.[0].shutdown')" = false ]
  ksem set lock --shutdown
  who_has "lock: value 1, max 1, waiters 0, shut down" lock
  [ "$(ksem who --json lock | jq '.[0].shutdown')" = true ]
}

takes_no_unit() {
  anew free --value 1
  ksem who free
  is "$root/free/value" 1
}

is_for_users_who_may_open_it() {
  anew lock
  exits 2 su user -c 'ksem who lock'
  has "$err" "permission denied"
  chmod 666 /dev/ksem/lock
  su user -c 'ksem who lock' | grep 'by root only'
}

refuses() {
  says "no such semaphore" ksem who none
  says "NAME is missing" ksem who
  [ "$(ksem who --json none | tr -d '\n')" = "[]" ]
}

check "a holder" a_holder
check "waiters in order" waiters_in_order
check "the way of a waiter" the_way_of_a_waiter
check "a process that has the device open" an_open_device
check "a process in a chroot" in_a_chroot
check "a module" a_module
check "the last operation" the_last_operation
check "JSON" json
check "a semaphore that is shut down" tells_of_a_shutdown
check "nobody" nobody
check "it takes no unit" takes_no_unit
check "it is for users who may open the device" is_for_users_who_may_open_it
check "what it refuses" refuses
finish
