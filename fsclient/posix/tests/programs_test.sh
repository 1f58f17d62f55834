#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs of Debian that use named semaphores, as they are, with our library
# preloaded; and the kernel in the midst of them.
# shellcheck source=tests/ktap.sh
. ktap.sh
# shellcheck source=fsclient/preload/tests/preload.sh
. preload.sh
# shellcheck source=fsclient/preload/tests/apache.sh
. apache.sh

tar -xf /bin/debian.tar -C / || exit
export PYTHONHOME=/usr

preloaded() {
  env LD_PRELOAD=/bin/libksem-posix.so "$@"
}

none_of_libc() {
  [ -z "$(find /dev/shm -name 'sem.*')" ]
}

none_left() {
  [ -z "$(ls)" ]
}

# Python's locks lose their names as soon as they are made, with this method.
pool_of_forks() {
  [ "$(preloaded python3 /bin/pool.py fork)" = 100 ]
  none_of_libc
  none_left
}

# They keep them here, for the workers to find.
pool_of_spawned() {
  [ "$(preloaded python3 /bin/pool.py spawn)" = 100 ]
  none_of_libc
  none_left
}

# Three workers of a Python program make 100 entries each, we 50.
book() {
  echo 0 >/tmp/book
  : >/tmp/book.open
  preloaded python3 /bin/book.py /tmp/book &
  soon sh -c "cat mp-*/value"
  lock=$kernel/$(ls)
  mkdir "$lock"
  for _ in $(seq 50); do enter "$lock"; done
  rmdir "$lock"
  rm /tmp/book.open
  wait $!
  is /tmp/book 350
}

server() {
  exec env LD_PRELOAD=/bin/libksem-posix.so \
    fast-discovery-server -i "$1" -l 127.0.0.1 -p $((11811 + $1)) \
    >"/tmp/server$1" 2>&1
}

runs() {
  grep -q "Server is running" "/tmp/server$1"
}

# A discovery server of Fast DDS looks for a port that is free, each under a
# lock. While the kernel has the first one's lock, it waits a while, then takes
# the next.
discovery_servers() {
  server 0 &
  first=$!
  soon runs 0
  lock=fastrtps_port7411_mutex
  is "$lock/value" 1
  none_of_libc
  mkdir "$kernel/$lock"
  echo 1 >"$kernel/$lock/wait"
  server 1 &
  second=$!
  soon is "$lock/waiters" 1
  soon runs 1
  is fastrtps_port7413_mutex/value 1
  is "$lock/waiters" 0
  echo 1 >"$kernel/$lock/post"
  kill "$first" "$second"
  wait "$first" "$second" || true
  is "$lock/value" 1
  rmdir "$kernel/$lock" fastrtps_*
}

# With two ports its processes take turns under a lock.
web_server() {
  start_web_server libksem-posix.so <<'END'
Mutex posixsem
Listen 127.0.0.1:8081
END
  for _ in $(seq 20); do
    get_page 8080
    get_page 8081
  done
  grep -q /dev/ksem/ApR "/proc/$(cat /tmp/run/pid)/maps"
  none_of_libc
  stop_web_server
}

check "multiprocessing.Pool, forked" pool_of_forks
check "multiprocessing.Pool, spawned" pool_of_spawned
check "Python and the kernel keep a book under one lock" book
check "fast-discovery-server waits for the kernel" discovery_servers
check "apache2 with Mutex posixsem" web_server
finish
