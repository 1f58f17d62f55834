#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs of Debian that use System V semaphores, as they are, with our library
# preloaded; and the kernel in the midst of them.
# shellcheck source=tests/ktap.sh
. ktap.sh
# shellcheck source=fsclient/preload/tests/preload.sh
. preload.sh
# shellcheck source=fsclient/preload/tests/apache.sh
. apache.sh

tar -xf /bin/debian.tar -C / || exit

preloaded() {
  env LD_PRELOAD=/bin/libksem-sysv.so "$@"
}

none_of_the_kernel() {
  [ "$(wc -l </proc/sysvipc/sem)" = 1 ]
}

none_left() {
  [ -z "$(find . /dev/shm -mindepth 1 -maxdepth 1)" ]
}

# Three workers of a Perl program make 100 entries each, we 50.
perl_book() {
  echo 0 >/tmp/book
  : >/tmp/book.open
  preloaded perl /bin/book.pl /tmp/book &
  soon [ -e sysv-0000b00c.0 ]
  soon grep -qv '^0$' /tmp/book
  mkdir "$kernel/sysv-0000b00c.0"
  for _ in $(seq 50); do enter "$kernel/sysv-0000b00c.0"; done
  rmdir "$kernel/sysv-0000b00c.0"
  none_of_the_kernel
  rm /tmp/book.open
  wait $!
  is /tmp/book 350
  none_left
}

# The answer to each request is made under a lock of all the server's processes:
# by a program that keeps the book.
cat >/tmp/keeper <<'END'
#!/bin/sh
while read -r _; do
  read -r total </tmp/book
  sleep 0.01
  echo $((total + 1)) >/tmp/book
  while [ -e /tmp/pause ]; do sleep 0.1; done
  echo entered
done
END
chmod +x /tmp/keeper

start() {
  echo 0 >/tmp/book
  start_web_server libksem-sysv.so <<'END'
LoadModule rewrite_module /usr/lib/apache2/modules/mod_rewrite.so
Mutex sysvsem rewrite-map
RewriteEngine on
RewriteMap book prg:/tmp/keeper
RewriteRule ^/page$ - [E=ENTRY:${book:entry}]
END
  lock=$(echo sysv-private-*.0)
}

stop() {
  stop_web_server
  none_left
}

web_server_book() {
  start
  none_of_the_kernel
  # It is the user's, as root has given it away.
  [ "$(stat -c '%a %u' "/dev/ksem/$lock")" = "600 1000" ]
  echo 0 >/tmp/book
  mkdir "$kernel/$lock"
  for _ in 1 2 3; do
    sh -c 'for _ in $(seq 30); do
      wget -q -O /dev/null http://127.0.0.1:8080/page
    done' &
  done
  for _ in $(seq 50); do enter "$kernel/$lock"; done
  wait
  is /tmp/book 140
  rmdir "$kernel/$lock"
  stop
}

# While the kernel has the lock, nobody is answered.
web_server_waits() {
  start
  mkdir "$kernel/$lock"
  echo 1 >"$kernel/$lock/wait"
  get_page 8080 &
  soon is "$lock/waiters" 1
  echo 1 >"$kernel/$lock/post"
  wait $!
  rmdir "$kernel/$lock"
  stop
}

# Prints the processes that have the set's gate open, but for the server's first.
server_children() {
  for file in /proc/[0-9]*/fd/*; do
    process=${file#/proc/}
    process=${process%%/*}
    if [ "$process" != "$(cat /tmp/run/pid)" ] &&
      [ "$(readlink "$file")" = "/dev/ksem/$1" ]; then
      echo "$process"
    fi
  done
}

# One of its processes is killed with the lock in its hands.
web_server_killed() {
  start
  : >/tmp/pause
  get_page 8080 &
  soon is "$lock/value" 0
  # shellcheck disable=SC2046  # one word each
  kill -9 $(server_children "${lock%.0}")
  soon is "$lock/value" 1
  if wait $!; then return 1; fi
  rm /tmp/pause
  stop
}

# Of util-linux.
ipc_tools() {
  id=$(preloaded ipcmk -S 3 -p 0640 | tr -cd 0-9)
  [ -e "$(echo sysv-*.2)" ]
  none_of_the_kernel
  preloaded ipcrm -s "$id"
  none_left
  preloaded ipcmk -S 1
  name=$(echo sysv-*.0)
  key=${name#sysv-}
  preloaded ipcrm -S "0x${key%.0}"
  none_left
}

# faked keeps what fakeroot's programs believe; they take turns with it.
fake_root() {
  chmod 777 .
  faked=$(su user -c "LD_PRELOAD=/bin/libksem-sysv.so faked-sysv")
  fakeroot=$(echo /usr/lib/*/libfakeroot/libfakeroot-sysv.so)
  fake() {
    su user -c "FAKEROOTKEY=${faked%%:*} \
      LD_PRELOAD=$fakeroot:/bin/libksem-sysv.so perl -e '$1'"
  }
  : >/tmp/mine
  chown user /tmp/mine
  fake 'chown(123, 456, "/tmp/mine") or die'
  [ "$(fake 'print((stat("/tmp/mine"))[4])')" = 123 ]
  [ "$(stat -c %u /tmp/mine)" = 1000 ]
  none_of_the_kernel
  lock=$(echo sysv-*.0)
  is "$lock/value" 1
  mkdir "$kernel/$lock"
  echo 1 >"$kernel/$lock/wait"
  fake 'chown(7, 7, "/tmp/mine") or die' &
  soon is "$lock/waiters" 1
  echo 1 >"$kernel/$lock/post"
  wait $!
  rmdir "$kernel/$lock"
  [ "$(fake 'print((stat("/tmp/mine"))[4])')" = 7 ]
  kill "${faked##*:}"
  soon none_left
  chmod 755 .
}

# Perl's IPC::ShareLite has four semaphores a variable, for a lock that readers
# share; several operations in one call.
perl_shared() {
  cat >/tmp/shared.pl <<'END'
use IPC::ShareLite qw(:lock);
my %options = (-key => 0x5a1e, -create => "yes", -destroy => "no");
my $count = IPC::ShareLite->new(%options) or die $!;
$count->store(0);
for (1 .. 3) {
  next if fork;
  my $mine = IPC::ShareLite->new(%options) or die $!;
  for (1 .. 50) {
    $mine->lock(LOCK_EX);
    $mine->store($mine->fetch + 1);
    $mine->unlock;
  }
  exit;
}
1 while wait != -1;
print $count->fetch;
$count->destroy(1);
END
  [ "$(preloaded perl /tmp/shared.pl)" = 150 ]
  none_of_the_kernel
  none_left
}

# Its workers make sets, use and remove them, as fast as they can.
stress() {
  preloaded stress-ng --temp-path /tmp --sem-sysv 2 --sem-sysv-procs 4 \
    --sem-sysv-ops 3000 >/tmp/stress 2>&1
  grep "successful run completed" /tmp/stress
  none_of_the_kernel
  none_left
}

# Of rt-tests: real-time threads and processes that give each other turns. A unit
# goes to the one that waits.
real_time_turns() {
  preloaded /bin/svsematest -t 1 -p 80 -i 1000 -l 50 -q
  preloaded /bin/svsematest -f -p 80 -i 1000 -l 50 -q
  none_of_the_kernel
  none_left
}

check "Perl and the kernel keep a book under one lock" perl_book
check "Perl's IPC::ShareLite counts under its lock" perl_shared
check "stress-ng --sem-sysv" stress
check "svsematest takes turns" real_time_turns
check "apache2 and the kernel keep a book under one lock" web_server_book
check "apache2 waits for the kernel" web_server_waits
check "apache2's child is killed with the lock" web_server_killed
check "ipcmk and ipcrm" ipc_tools
check "fakeroot waits for the kernel" fake_root
finish
