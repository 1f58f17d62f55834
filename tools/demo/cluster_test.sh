#!/bin/sh
# SPDX-License-Identifier: MIT
# More machines than one, with a real etcd: the others are etcdctl's locks here.
# shellcheck source=tests/ktap.sh
. ktap.sh

root=/sys/kernel/config/ksem
export ETCDCTL_API=3

# bash has it in every other system.
[ -e /dev/fd ] || ln -s /proc/self/fd /dev/fd
# "localhost", which it would use otherwise, has no address here.
client=http://127.0.0.1:2379 peer=http://127.0.0.1:2380
etcd --data-dir /tmp/etcd --log-level error --listen-client-urls $client \
  --advertise-client-urls $client --listen-peer-urls $peer \
  --initial-advertise-peer-urls $peer --initial-cluster default=$peer \
  >/tmp/etcd.log 2>&1 &
etcd=$!

starts() { soon etcdctl endpoint health; }

# holding KEY: as another machine, until its process $other is sent INT.
holding() {
  rm -f /tmp/other
  bash -c 'exec etcdctl lock --ttl 60 "$1"' - "$1" >/tmp/other &
  other=$!
  soon grep -q "$1" /tmp/other
}

two_want_it() {
  [ "$(etcdctl get --prefix --keys-only nightly | grep -c nightly)" -eq 2 ]
}

# One job in the cluster; on a machine, one at a time for other reasons, too.
lock_around_run() {
  rm -f /tmp/order
  for job in 1 2; do
    once.sh nightly sh -c "echo begin >>/tmp/order; cat $root/nightly/value >>/tmp/order; echo end >>/tmp/order" &
    jobs="${jobs-} $!"
  done
  for job in $jobs; do wait "$job"; done
  cat /tmp/order
  [ "$(tr '\n' ' ' </tmp/order)" = "begin 0 end begin 0 end " ]
  # While another machine has it, nothing of it runs here.
  holding nightly
  once.sh nightly touch /tmp/ran &
  job=$!
  soon two_want_it
  [ ! -e /tmp/ran ]
  kill -INT "$other"
  wait "$job"
  [ -e /tmp/ran ]
  ksem rm nightly
}

lending() {
  TTL=60 lend.sh build "$@" 2>/tmp/lend.err &
  lend=$!
}

ended() {
  status=0
  wait "$lend" || status=$?
  cat /tmp/lend.err
  [ "$status" -eq "$1" ]
  [ ! -e "$root/build" ]
}

# Two of three units, of which another machine has one.
lends_what_etcd_grants() {
  holding ksem/build/1
  lending 2 3
  soon is "$root/build/value" 2
  ksem run build:2 -- true
  is "$root/build/value" 2
  kill -INT "$other"
  # The third stays for others.
  holding ksem/build/1
  kill -INT "$other"
  is "$root/build/value" 2
  kill "$lend"
  ended 0
  holding ksem/build/2
  kill -INT "$other"
}

# The first machine has all; it gives them back, and they are lent here.
lends_when_they_come() {
  holding ksem/build/1
  lending 1 1
  soon test -e "$root/build"
  ksem run build -- touch /tmp/at-last &
  job=$!
  soon is "$root/build/waiters" 1
  [ ! -e /tmp/at-last ]
  kill -INT "$other"
  wait "$job"
  [ -e /tmp/at-last ]
  kill "$lend"
  ended 0
}

# An unchanged program that holds one is ended, those that wait are told.
lease_is_lost() {
  lending 2 2
  soon is "$root/build/value" 2
  ksem run build:2 -- sleep 3600 &
  holder=$!
  soon is "$root/build/value" 0
  ksem run build -- true 2>/tmp/waiter.err &
  waiter=$!
  soon is "$root/build/waiters" 1
  etcdctl lease list | sed 1d | while read -r lease; do
    etcdctl lease revoke "$lease" || true # it may be gone by then
  done
  ended 1
  grep -q "lend: build: unit . is lost" /tmp/lend.err
  if wait "$holder"; then return 1; fi
  if wait "$waiter"; then return 1; fi
  grep -q "shut down" /tmp/waiter.err
}

check "etcd starts" starts
check "once.sh: etcdctl lock around ksem run" lock_around_run
check "units that etcd grants are lent, and no more" lends_what_etcd_grants
check "units come when another machine gives them" lends_when_they_come
check "a lost lease ends all that hold or wait" lease_is_lost
kill "$etcd"
wait "$etcd"
finish
