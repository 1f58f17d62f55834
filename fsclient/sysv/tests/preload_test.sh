#!/bin/sh
# SPDX-License-Identifier: MIT
# What libksem-sysv.so makes of a program that knows System V semaphores alone
# (svsem.c), as seen from the other sides.
# shellcheck source=tests/ktap.sh
. ktap.sh
# shellcheck source=fsclient/preload/tests/preload.sh
. preload.sh
export LD_PRELOAD=/bin/libksem-sysv.so

# What the set of this name has left, if anything.
left_of() {
  find . /dev -maxdepth 2 -name "*sysv-*$1*"
}

nothing_left_of() {
  [ -z "$(left_of "$1")" ]
}

key_is_the_name() {
  svsem 1234 create=2 give=3
  is sysv-00001234.0/value 3
  is sysv-00001234.1/value 0
  is sysv-00001234/value 0
  is sysv-00001234.0/max 32767
  says 3 svsem 1234 open value
  says 1234 svsem 1234 open key
  svsem 1234 open remove
  nothing_left_of 1234
  svsem cafeBABE create
  is sysv-cafebabe.0/value 0
  svsem cafeBABE open remove
}

linked() {
  env -u LD_PRELOAD svsem_linked 2 create give
  is sysv-00000002.0/value 1
  env -u LD_PRELOAD svsem_linked 2 open remove
}

private_ones() {
  id=$(svsem 0 create give=4 id)
  is sysv-private-*.0/value 4
  says 4 svsem "id=$id" value
  svsem "id=$id" remove
  nothing_left_of private
}

id_names_the_device() {
  id=$(svsem 3 create id)
  major=$(awk '$2 == "ksem" { print $1 }' /proc/devices)
  readlink "/sys/dev/char/$major:$id" | grep '/sysv-00000003$'
  # Neither a member nor a semaphore of another kind is a set.
  member=$(stat -c %T /dev/ksem/sysv-00000003.0)
  fails_with "Invalid argument" svsem "id=$((0x$member))" value
  mkdir other
  other=$(stat -c %T /dev/ksem/other)
  fails_with "Invalid argument" svsem "id=$((0x$other))" value
  rmdir other
  svsem 3 open remove
}

shell_wakes_program() {
  svsem 10 create
  svsem 10 open take=2 &
  soon is sysv-00000010.0/waiters 1
  echo 2 >sysv-00000010.0/post
  wait $!
  is sysv-00000010.0/value 0
  svsem 10 open give zero &
  soon is sysv-00000010.0/value 1
  echo 1 >sysv-00000010.0/wait
  wait $!
  svsem 10 open remove
}

program_wakes_shell() {
  svsem 11 create
  cat sysv-00000011.0/wait >/tmp/got &
  soon is sysv-00000011.0/waiters 1
  svsem 11 open give
  wait $!
  is /tmp/got 1
  svsem 11 open remove
}

kernel_takes_and_gives() {
  svsem 20 create give
  member=$kernel/sysv-00000020.0
  mkdir "$member"
  echo 1 >"$member/wait"
  fails_with "unavailable" svsem 20 open try
  svsem 20 open take &
  soon is sysv-00000020.0/waiters 1
  echo 1 >"$member/post"
  wait $!
  rmdir "$member"
  svsem 20 open remove
}

# A daemon that is started anew, and a module that doesn't care.
kernel_keeps_its_member() {
  member=$kernel/sysv-00000021.0
  svsem 21 create give
  mkdir "$member"
  svsem 21 open remove
  [ ! -e sysv-00000021 ]
  [ ! -e sysv-00000021.1 ]
  is sysv-00000021.0/value 1
  svsem 21 create=2
  is sysv-00000021.0/value 0
  echo 1 >"$member/wait" &
  soon is sysv-00000021.0/waiters 1
  svsem 21 open give
  wait $!
  rmdir "$member"
  svsem 21 open remove
  nothing_left_of 21
}

kernel_comes_first() {
  member=$kernel/sysv-00000022.0
  mkdir "$member"
  is sysv-00000022.0/value 3
  svsem 22 create
  is sysv-00000022.0/value 0
  # The ceiling is its maker's.
  is sysv-00000022.0/max 10
  fails_with "out of range" svsem 22 open give=11
  svsem 22 open give=10 remove
  rmdir "$member"
  nothing_left_of 22
}

killed_waiter() {
  svsem 23 create give
  svsem 23 open take take &
  soon is sysv-00000023.0/waiters 1
  kill $!
  wait $! || true
  is sysv-00000023.0/value 0
  is sysv-00000023.0/waiters 0
  svsem 23 open remove
}

ceiling() {
  svsem 30 create give=32767
  fails_with "out of range" svsem 30 open give
  is sysv-00000030.0/value 32767
  svsem 30 open remove
}

removal_wakes() {
  svsem 31 create
  svsem 31 open take >/tmp/got 2>&1 &
  soon is sysv-00000031.0/waiters 1
  svsem 31 open remove
  if wait $!; then return 1; fi
  grep "Identifier removed" /tmp/got
  nothing_left_of 31
}

# A shell is blocked at the files of a member, and another one at those of the
# gate.
removal_wakes_shells() {
  id=$(svsem 0 create=2 id)
  set -- sysv-private-*[0-9a-f]
  gate=${1%.*}
  cat "$gate.0/wait" >/tmp/got 2>&1 &
  member_shell=$!
  cat "$gate/wait" 2>/dev/null &
  gate_shell=$!
  soon is "$gate.0/waiters" 1
  soon is "$gate/waiters" 1
  svsem "id=$id" remove
  if wait "$member_shell"; then return 1; fi
  if wait "$gate_shell"; then return 1; fi
  grep "Identifier removed" /tmp/got
  nothing_left_of private
}

# A process that was killed while it removed the set has left a member.
shells_get_no_unit_of_the_next() {
  mkdir sysv-00000033 sysv-00000033.0
  cat sysv-00000033.0/wait >/tmp/got 2>&1 &
  soon is sysv-00000033.0/waiters 1
  svsem 33 create give
  if wait $!; then return 1; fi
  grep "Identifier removed" /tmp/got
  is sysv-00000033.0/value 1
  svsem 33 open remove
  nothing_left_of 33
}

shut_down() {
  svsem 32 create
  svsem 32 open take >/tmp/got 2>&1 &
  soon is sysv-00000032.0/waiters 1
  echo 1 >sysv-00000032.0/shutdown
  if wait $!; then return 1; fi
  grep "Identifier removed" /tmp/got
  svsem 32 open remove
}

dead_holder() {
  svsem 40 create give=2
  svsem 40 open hold=2 pause &
  soon stopped $!
  is sysv-00000040.0/value 0
  kill -9 $!
  soon is sysv-00000040.0/value 2
  svsem 40 open lend=3 pause &
  soon stopped $!
  is sysv-00000040.0/value 5
  kill -9 $!
  soon is sysv-00000040.0/value 2
  svsem 40 open remove
}

undone_at_exec() {
  svsem 41 create give
  svsem 41 open hold pause exec=sleep &
  soon stopped $!
  is sysv-00000041.0/value 0
  kill -CONT $!
  soon is sysv-00000041.0/value 1
  kill $!
  wait $! || true
  svsem 41 open remove
}

closes_all_descriptors() {
  svsem 42 create give
  svsem 42 open take closeall value give take=2 value &
  soon is sysv-00000042.0/waiters 1
  echo 1 >sysv-00000042.0/post
  wait $!
  svsem 42 open remove
}

# Their numbers are the program's then.
spares_others_descriptors() {
  svsem 43 create give=3
  echo untouched >/tmp/file
  svsem 43 open take closeall openfile=/tmp/file take value take
  is /tmp/file untouched
  is sysv-00000043.0/value 0
  svsem 43 open remove
}

keeps_off_standard_descriptors() {
  svsem 44 create give pause <&- >&- 2>&- &
  soon stopped $!
  ls -l "/proc/$!/fd" >/tmp/fds
  kill -9 $!
  grep '/dev/ksem/sysv-00000044$' /tmp/fds
  if grep -E ' [012] -> ' /tmp/fds; then return 1; fi
  svsem 44 open remove
}

# With all descriptors in use.
no_descriptor_left() {
  id=$(svsem 45 create give id)
  fails_with "Too many open files" svsem "id=$id" fill try
  fails_with "Too many open files" svsem "id=$id" fill value
  fails_with "Too many open files" svsem 45 fill open
  fails_with "Too many open files" svsem 46 fill create
  # What is open can be used.
  says 1 svsem 45 open fill take give value
  svsem 45 open remove
  nothing_left_of 46
}

# The names go with the next one then.
removed_without_a_descriptor() {
  svsem 47 create
  svsem 47 open take >/tmp/got 2>&1 &
  soon is sysv-00000047.0/waiters 1
  svsem 47 open fill remove
  if wait $!; then return 1; fi
  grep "Identifier removed" /tmp/got
  fails_with "No such file" svsem 47 open
  svsem 47 create remove
  nothing_left_of 47
}

prefix() {
  export KSEM_SYSV_PREFIX=app.
  id=$(svsem 50 create give id)
  is app.sysv-00000050.0/value 1
  KSEM_SYSV_PREFIX='' fails_with "No such file" svsem 50 open
  # An id is one for all.
  KSEM_SYSV_PREFIX='' says 1 svsem "id=$id" value
  svsem 50 open remove
  fails_with "Invalid argument" env KSEM_SYSV_PREFIX=a/ svsem 50 create
  fails_with "Invalid argument" env \
    KSEM_SYSV_PREFIX="$(head -c 240 /dev/zero | tr '\0' n)" svsem 50 create
  nothing_left_of 50
  # It is what it was when the program began.
  svsem 51 clearenv create
  is app.sysv-00000051.0/value 0
  svsem 51 open remove
}

access_of() {
  stat -c '%a %u %g' "$@" | tr '\n' ','
}

modes() {
  svsem 60 create=2:640
  set -- /dev/ksem/sysv-00000060 /dev/ksem/sysv-00000060.1
  [ "$(access_of "$@")" = "640 0 0,600 0 0," ]
  svsem 60 open remove
  svsem 60 create=2:0666
  [ "$(access_of "$@")" = "666 0 0,666 0 0," ]
  svsem 60 open remove
}

users_need_permission() {
  fails_with "Permission denied" su user -c "svsem 61 create"
  svsem 61 create
  fails_with "Permission denied" su user -c "svsem 61 open try"
  fails_with "Operation not permitted" su user -c "svsem 61 open remove"
  svsem 62 create=1:666
  su user -c "svsem 62 open give take value"
  fails_with "Operation not permitted" su user -c "svsem 62 open remove"
  svsem 61 open remove
  svsem 62 open remove
}

# What an administrator has to do for users who are to make their own.
users_make_their_own() {
  chmod "$1" .
  su user -c "svsem 63 create=2:600 give take"
  is sysv-00000063.1/max 32767
  fails_with "out of range" su user -c "svsem 63 open give=32767 give"
  su user -c "svsem 63 open take=32767"
  [ "$(access_of /dev/ksem/sysv-00000063.0 /dev/ksem/sysv-00000063)" = \
    "600 1000 1000,600 1000 1000," ]
  # None of their own files has to be open to them.
  su user -c "svsem 64 create=1:0"
  su user -c "svsem 63 open remove"
  su user -c "svsem 64 open remove"
  chmod 755 .
  nothing_left_of 6
}

# To remove a set takes no permission for the names of its semaphores.
users_leave_names() {
  chmod 777 .
  su user -c "svsem 65 create"
  chmod 755 .
  su user -c "svsem 65 open remove"
  [ -e sysv-00000065 ]
  fails_with "No such file" svsem 65 open
  svsem 65 create give
  is sysv-00000065.0/value 1
  svsem 65 open remove
  nothing_left_of 65
}

# A user who may not open what another one has left can't clear it away.
names_of_others() {
  mkdir sysv-00000067
  fails_with "Permission denied" su user -c "svsem 67 create"
  rmdir sysv-00000067
}

# A member has its ceiling and its mode from its first moment on.
members_in_one_step() {
  rm -f /tmp/enough
  until [ -e /tmp/enough ]; do svsem 66 create=2:660 remove; done &
  seen=0
  while [ "$seen" -lt 20 ]; do
    max=$(cat sysv-00000066.1/max 2>/dev/null) || continue
    if [ "$max" != 32767 ]; then break; fi
    # None, or 0, if it is gone again.
    mode=$(stat -c %a /dev/ksem/sysv-00000066.0 2>/dev/null || true)
    case $mode in
      660 | 0 | '') seen=$((seen + 1)) ;;
      *) break ;;
    esac
  done
  : >/tmp/enough
  wait $!
  echo "max $max, mode $mode"
  [ "$seen" = 20 ]
  nothing_left_of 66
}

# Who had begun to make it is dead.
half_made() {
  mkdir sysv-00000070 sysv-00000070.0 sysv-00000070.1
  echo 5 >sysv-00000070.0/value
  fails_with "No such file" svsem 70 open
  svsem 70 create
  is sysv-00000070.0/value 0
  [ ! -e sysv-00000070.1 ]
  svsem 70 open remove
  nothing_left_of 70
}

# Who had begun to remove it is dead.
half_removed() {
  id=$(svsem 71 create=2 give id)
  echo 1 >sysv-00000071/shutdown
  rmdir sysv-00000071.1
  fails_with "No such file" svsem 71 open
  fails_with "Invalid argument" svsem "id=$id" try
  svsem 71 create=2
  is sysv-00000071.0/value 0
  svsem 71 open remove
  nothing_left_of 71
}

# The gate is a semaphore as others, but what it holds means nothing.
gate_is_touched() {
  svsem 75 create give
  echo 2 >sysv-00000075/post
  svsem 75 open take give
  svsem 75 open take=2 &
  soon is sysv-00000075.0/waiters 1
  echo 2 >sysv-00000075/wait
  echo 1 >sysv-00000075.0/post
  wait $!
  svsem 75 open remove
}

# A set is where its semaphores are, and nowhere else.
nothing_in_shm() {
  svsem 76 create give
  # shellcheck disable=SC2016 # for that shell
  unshare -m sh -c 'mount -t tmpfs shm /dev/shm
    svsem 76 open take give value
    ulimit -f 0 && svsem 76 open take give set=2'
  is sysv-00000076.0/value 2
  [ -z "$(find /dev/shm -name "*sysv*")" ]
  fails_with "File exists" svsem 76 create
  svsem 76 open remove
}

# A process that still has a member learns that it is removed.
members_are_shut_down() {
  svsem 77 create
  cat /dev/ksem/sysv-00000077.0 2>/tmp/got &
  soon is sysv-00000077.0/waiters 1
  svsem 77 open remove
  if wait $!; then return 1; fi
  grep "Identifier removed" /tmp/got
}

# Who operated last, whichever way.
last_operation() {
  svsem 78 create=2
  says 0 svsem 78 open pid
  says 0 svsem 78 open otime
  # Setting the value is no operation.
  svsem 78 open set=3
  says 0 svsem 78 open otime
  sh -c 'echo $$ >/tmp/pid && echo 2 >sysv-00000078.0/post'
  says "$(cat /tmp/pid)" svsem 78 open pid
  [ "$(svsem 78 open otime)" -ge "$(($(date +%s) - 1000))" ]
  svsem 78 open hold pause &
  soon stopped $!
  says $! svsem 78 open pid
  kill -9 $!
  soon is sysv-00000078.0/value 5
  # Its end gave the unit back.
  says $! svsem 78 open pid
  member=$kernel/sysv-00000078.0
  mkdir "$member"
  # The module does it for the process that writes to its file.
  sh -c 'echo $$ >/tmp/pid && echo 1 >"$1"' - "$member/wait"
  says "$(cat /tmp/pid)" svsem 78 open pid
  rmdir "$member"
  # Another pid namespace has other numbers.
  says 1 unshare -pf svsem 78 open take pid
  says 0 unshare -pf svsem 78 open pid=1
  svsem 78 open remove
}

# What a module has given is more than a value of System V can be.
large_values() {
  mkdir sysv-00000079.0
  echo 90000 >sysv-00000079.0/value
  svsem 79 create
  is sysv-00000079.0/max 32767
  is sysv-00000079.0/record 1
  echo 2147483647 >sysv-00000079.0/max
  echo 90000 >sysv-00000079.0/value
  says 90000 svsem 79 open value
  fails_with "out of range" svsem 79 open all
  echo 40000 >sysv-00000079.0/value
  says 40000 svsem 79 open all
  svsem 79 open remove
}

# The process that makes it has been stopped, and goes on later.
being_made() {
  mkdir sysv-00000072
  fails_with "busy" flock /dev/ksem/sysv-00000072 svsem 72 create
  svsem 72 create give
  # Nobody who has the set can keep its owner from removing it so; the names go
  # with the next one then.
  flock /dev/ksem/sysv-00000072 svsem 72 open take remove
  fails_with "No such file" svsem 72 open
  svsem 72 create remove
  nothing_left_of 72
}

# Two who change whose it is take turns: nothing becomes the one's in part and the
# other's.
being_changed() {
  svsem 73 create=2
  fails_with "busy" flock /dev/ksem/sysv-00000073 svsem 73 open mode=666
  set -- /dev/ksem/sysv-00000073 /dev/ksem/sysv-00000073.1
  [ "$(access_of "$@")" = "600 0 0,600 0 0," ]
  svsem 73 open mode=644
  [ "$(access_of "$@")" = "644 0 0,600 0 0," ]
  svsem 73 open remove
}

# A program's file has the gate's number, past the C library, and a device may answer
# anything: a filter does so for it. Only that a call is done is believed, and that a
# signal has ended it.
device_answers() {
  svsem 90 create give
  for error in 1 9 11 13 22 25 43 116; do
    set -- open over=/dev/null "answer=$error"
    says 1 svsem 90 "$@" take give value
    says 1 svsem 90 "$@" value
    says 1 svsem 90 "$@" all
    svsem 90 "$@" set=1
  done
  svsem 90 open over=/dev/null answer=4 value take give
  fails_with "Interrupted" svsem 90 open over=/dev/null answer=4 take
  svsem 90 open over=/dev/null answer=0 remove
  nothing_left_of 90
}

# Where a filter lets nobody look at files, closed is closed.
closed_unseen() {
  svsem 91 create give=2
  says 1 timeout 600 svsem 91 open take give refuse=statx=1 closepast take value
  fails_with "Bad file" svsem 91 open take refuse=ioctl=9 give
  svsem 91 open remove
}

seccomp_filter() {
  svsem 92 create give
  for error in 1 13 38; do
    fails_with "ioctl() is refused" svsem 92 open "refuse=ioctl=$error" take
    fails_with "ioctl() is refused" svsem 92 "refuse=ioctl=$error" open
    fails_with "ioctl() is refused" svsem 93 "refuse=ioctl=$error" create
    fails_with "ioctl() is refused" svsem 0 "refuse=ioctl=$error" create
    fails_with "statx() is refused" svsem 92 "refuse=statx=$error" open
    fails_with "statx() is refused" svsem 92 open "refuse=statx=$error" otime
    fails_with "statx() is refused" svsem 93 "refuse=statx=$error" create
    fails_with "statx() is refused" svsem 0 "refuse=statx=$error" create
    nothing_left_of 93
    nothing_left_of private
  done
  svsem 92 open remove
}

file_in_the_way() {
  for name in sysv-00000094 sysv-00000094.1; do
    echo 1 >"/dev/ksem/$name"
    fails_with "a file of another kind" svsem 94 create=2
    rm "/dev/ksem/$name"
    nothing_left_of 94
    svsem 94 create=2 give remove
  done
}

no_node() {
  without_nodes svsem 95 create 2>/tmp/said && return 1
  grep "not implemented" /tmp/said
  nothing_left_of 95
}

mode_libc() {
  id=$(KSEM_SYSV_MODE=libc svsem 80 create give=7 id)
  awk -v id="$id" '$2 == id { found = 1 } END { exit !found }' \
    /proc/sysvipc/sem
  nothing_left_of 80
  KSEM_SYSV_MODE=libc says 7 svsem 80 open value
  KSEM_SYSV_MODE=libc svsem 80 clearenv open remove
}

module_missing() {
  LD_PRELOAD=''
  # All are gone, but for those of tests that failed.
  rmdir /sys/kernel/config/ksem/* || true
  # Those that were killed above may not be gone yet.
  soon umount /sys/kernel/config
  rmmod ksem_test
  rmmod ksem
  LD_PRELOAD=/bin/libksem-sysv.so
  fails_with "not implemented" svsem 81 create
  fails_with "not implemented" svsem id=0 value
  fails_with "not implemented" env KSEM_SYSV_MODE=ksem svsem 81 open
  KSEM_SYSV_MODE=auto svsem 81 create give
  KSEM_SYSV_MODE=libc says 1 svsem 81 open value
  # What has begun with the kernel's stays with it.
  KSEM_SYSV_MODE=auto svsem 81 open pause value remove &
  soon stopped $!
  LD_PRELOAD='' insmod /lib/ksem/ksem.ko
  kill -CONT $!
  wait $!
  # The module is there, configfs isn't.
  fails_with "not implemented" svsem 81 create
  mount -t configfs configfs /sys/kernel/config
  KSEM_SYSV_MODE=auto svsem 81 create
  [ -e /sys/kernel/config/ksem/sysv-00000081 ]
  svsem 81 open remove
}

# With the same minor numbers.
module_loaded_anew() {
  cd /sys/kernel/config/ksem
  id=$(svsem 82 create give id)
  rmdir ./*
  cd /
  umount /sys/kernel/config
  LD_PRELOAD='' rmmod ksem
  LD_PRELOAD='' insmod /lib/ksem/ksem.ko
  mount -t configfs configfs /sys/kernel/config
  cd /sys/kernel/config/ksem
  fails_with "No such file" svsem 82 open
  for minor in $(seq 0 "$id"); do mkdir "fill$minor"; done
  fails_with "Invalid argument" svsem "id=$id" value
  rmdir fill*
  svsem 82 create
  says 0 svsem 82 open value
  svsem 82 open remove
  nothing_left_of 82
}

check "a member is the semaphore sysv-KEY.N" key_is_the_name
check "the program may be linked with it, too" linked
check "private sets" private_ones
check "an id is the gate's device" id_names_the_device
check "a shell wakes the program" shell_wakes_program
check "the program wakes a shell" program_wakes_shell
check "the kernel takes its unit and gives it" kernel_takes_and_gives
check "the kernel keeps its member" kernel_keeps_its_member
check "the kernel comes first" kernel_comes_first
check "a killed waiter leaves nothing" killed_waiter
check "a value above 32767 is ERANGE" ceiling
check "removal wakes with EIDRM" removal_wakes
check "removal wakes shells with EIDRM" removal_wakes_shells
check "a shell gets no unit of the next set" shells_get_no_unit_of_the_next
check "after shutdown all is EIDRM" shut_down
check "what a dead holder did is undone" dead_holder
check "exec undoes" undone_at_exec
check "the program may close all descriptors" closes_all_descriptors
check "descriptors that took a number over stay" spares_others_descriptors
check "none of ours is 0, 1 or 2" keeps_off_standard_descriptors
check "with no descriptor left" no_descriptor_left
check "a set is removed with no descriptor left" removed_without_a_descriptor
check "KSEM_SYSV_PREFIX keeps sets apart" prefix
check "the mode goes to the files" modes
check "users need permission" users_need_permission
check "users may be allowed to make their own" users_make_their_own 777
check "and to remove only their own" users_make_their_own 1777
check "users may leave names behind" users_leave_names
check "names that another user has left" names_of_others
check "members are made in one step" members_in_one_step
check "a set that is half made" half_made
check "a set that is half removed" half_removed
check "a set that is being made" being_made
check "a set that is being changed" being_changed
check "units of the gate mean nothing" gate_is_touched
check "nothing is kept in /dev/shm" nothing_in_shm
check "members are shut down when they are removed" members_are_shut_down
check "who operated last, and when" last_operation
check "values that are too large" large_values
check "a file in the way of a device" file_in_the_way
check "a /dev that isn't the kernel's" no_node
# The kernels we build ourselves have no filters.
if grep -q ^Seccomp /proc/self/status; then
  check "a seccomp filter" seccomp_filter
  check "what a device answers that has a number of ours" device_answers
  check "descriptors that are closed where nobody can look" closed_unseen
fi
check "KSEM_SYSV_MODE=libc" mode_libc
cd / || exit
check "without the module" module_missing
check "with the module loaded anew" module_loaded_anew
finish
