#!/bin/sh
# SPDX-License-Identifier: MIT
# What libksem-posix.so makes of a program that knows POSIX alone (psem.c), as
# seen from the other sides of the semaphore.
# shellcheck source=tests/ktap.sh
. ktap.sh
# shellcheck source=fsclient/preload/tests/preload.sh
. preload.sh
export LD_PRELOAD=/bin/libksem-posix.so

# A string of so many n.
long() {
  head -c "$1" /dev/zero | tr '\0' n
}

name_is_ours() {
  psem /foo create post
  is foo/value 2
  says 2 psem /foo open value
  psem /foo unlink
  [ ! -e foo ]
}

linked() {
  env -u LD_PRELOAD psem_linked /linked create post
  is linked/value 2
  env -u LD_PRELOAD psem_linked /linked unlink
}

made_by_a_shell() {
  mkdir shell
  fails_with "unavailable" psem /shell open try
  echo 5 >shell/value
  says 4 psem /shell open wait value
  fails_with "File exists" psem /shell create
  is shell/value 4
}

shell_wakes_program() {
  mkdir woken
  psem /woken open wait &
  soon is woken/waiters 1
  echo 1 >woken/post
  wait $!
  is woken/value 0
}

program_wakes_shell() {
  mkdir woken_shell
  cat woken_shell/wait >/tmp/got &
  soon is woken_shell/waiters 1
  psem /woken_shell open post
  wait $!
  is /tmp/got 1
}

# As the C library's are.
is_not_fair() {
  psem /unfair create
  is unfair/fair 0
  psem /unfair unlink
}

kernel_takes_and_gives() {
  psem /shared create
  mkdir "$kernel/shared"
  echo 1 >"$kernel/shared/wait"
  fails_with "unavailable" psem /shared open try
  fails_with "timed out" psem /shared open timed
  psem /shared open wait &
  soon is shared/waiters 1
  echo 1 >"$kernel/shared/post"
  wait $!
  # The name stays as long as the kernel has it.
  fails_with "busy" psem /shared unlink
  rmdir "$kernel/shared"
  psem /shared unlink
}

kernel_waits_for_program() {
  psem /driver create wait
  mkdir "$kernel/driver"
  echo 1 >"$kernel/driver/wait" &
  soon is driver/waiters 1
  psem /driver open post
  wait $!
  is driver/value 0
  rmdir "$kernel/driver"
}

ceiling() {
  psem /ceiling create
  echo 1 >ceiling/max
  fails_with "too large" psem /ceiling open post
  says 1 psem /ceiling open value
}

shut_down() {
  psem /dead create wait
  psem /dead open wait >/tmp/got 2>&1 &
  soon is dead/waiters 1
  echo 1 >dead/shutdown
  if wait $!; then return 1; fi
  grep -q "Identifier removed" /tmp/got
  fails_with "Identifier removed" psem /dead open post
}

no_system_calls() {
  # -f would follow nobody: it is one process.
  LD_PRELOAD='' strace -o /tmp/trace -E LD_PRELOAD=/bin/libksem-posix.so \
    psem /fast create pairs value
  calls=$(grep -cE '^(ioctl|futex|read|write)\(' /tmp/trace)
  # Of the posting of the first unit, loading of libraries, and printing.
  [ "$calls" -lt 10 ]
}

off_limits() {
  psem /unmapped create
  echo 0 >unmapped/mappable
  says 1 psem /unmapped open wait post value wait post
  psem /unmapped open wait wait &
  soon is unmapped/waiters 1
  echo 1 >unmapped/post
  wait $!
}

dead_holder_gives_back() {
  psem /undo create
  echo 1 >undo/undo
  psem /undo open wait pause &
  soon stopped $!
  is undo/value 0
  kill -9 $!
  soon is undo/value 1
}

closes_all_descriptors() {
  psem /daemon create wait
  psem /daemon open closeall wait post &
  soon is daemon/waiters 1
  echo 1 >daemon/post
  wait $!
  is daemon/value 1
}

# Files of the program have their numbers, past the C library.
numbers_in_use_again() {
  psem /again create wait
  psem /other create
  for over in /dev/ksem/other /dev/null /dev/urandom /dev/zero; do
    psem /again open "over=$over" wait post wait post &
    soon is again/waiters 1
    echo 1 >again/post
    wait $!
    is again/value 1
    is other/value 1
    echo 0 >again/value
  done
  # Without a name there is no way back.
  psem /again unlink
  psem /again create wait unlink over=/dev/ksem/other try >/tmp/got 2>&1 && return 1
  grep -q "Bad file descriptor" /tmp/got
  is other/value 1
}

# A device may answer anything: a filter does so for it.
device_answers() {
  psem /answers create wait
  for error in 0 1 4 9 11 13 22 25 43 75 110 116; do
    set -- open over=/dev/null "answer=$error"
    psem /answers "$@" wait &
    soon is answers/waiters 1
    psem /answers "$@" post
    wait $!
    psem /answers "$@" post wait post value
    fails_with "unavailable" psem /answers "$@" wait try
  done
}

# Where a filter lets nobody look at files, closed is closed.
closed_unseen() {
  psem /unseen create wait
  psem /unseen open refuse=statx=1 closepast wait &
  soon is unseen/waiters 1
  echo 1 >unseen/post
  wait $!
}

# The numbers that our handles had are the program's then.
spares_others_descriptors() {
  psem /number create wait
  psem /number open closeall opennull wait close writenull &
  soon is number/waiters 1
  echo 1 >number/post
  wait $!
}

keeps_off_standard_descriptors() {
  psem /standard create pause <&- >&- 2>&- &
  soon stopped $!
  ls -l "/proc/$!/fd" >/tmp/fds
  kill -9 $!
  grep ' 5[0-9][0-9] -> /dev/ksem' /tmp/fds
  if grep -E ' [012] -> /dev/ksem|control' /tmp/fds; then return 1; fi
}

closed_on_exec() {
  psem /exec create
  psem /exec open pause &
  soon stopped $!
  # O_CLOEXEC is the leading 2 of these octal digits.
  grep 'flags:.02[0-9]\{6\}$' "/proc/$!/fdinfo/512"
  kill -9 $!
}

prefix() {
  KSEM_POSIX_PREFIX=app. psem /foo create
  is app.foo/value 1
  fails_with "No such file" psem /foo open
  psem /app.foo open wait
  # It is what it was when the program began.
  KSEM_POSIX_PREFIX=app. psem /foo clearenv unlink
  [ ! -e app.foo ]
}

names() {
  longest=/$(long 255)
  says 1 psem "$longest" create value
  psem "$longest" unlink
  fails_with "too long" psem "/$(long 256)" create
  fails_with "too long" env KSEM_POSIX_PREFIX=p psem "$longest" create
  fails_with "No such file" psem /.control unlink
  for bad in /. /.. /.control '/a!b' "/$(printf 'a\nb')" "/$(printf '\177')" /a/b; do
    fails_with "Invalid argument" psem "$bad" create
  done
  fails_with "Invalid argument" env KSEM_POSIX_PREFIX=a/ psem /b create
  says 1 psem '/with blank, Ümlaut and "quotes"' create value
  psem '/with blank, Ümlaut and "quotes"' unlink
}

modes() {
  psem /mode create=640
  [ "$(stat -c '%a %u %g' /dev/ksem/mode)" = "640 0 0" ]
}

users_need_permission() {
  fails_with "Permission denied" su user -c "psem /users create"
  psem /private create=600
  fails_with "Permission denied" su user -c "psem /private open"
  psem /public create=666
  su user -c "psem /public open wait post wait"
  is public/value 0
  fails_with "Permission denied" su user -c "psem /public unlink"
}

# What an administrator has to do for users who are to make their own.
users_make_their_own() {
  chmod 777 .
  su user -c "psem /users create=600 wait post"
  [ "$(stat -c '%a %u' /dev/ksem/users)" = "600 1000" ]
  su user -c "psem /users open wait"
  su user -c "psem /users unlink"
  # The maker has it open, whatever the mode says.
  su user -c "psem /users create=060 post"
  is users/value 2
  [ "$(stat -c '%a %u' /dev/ksem/users)" = "60 1000" ]
  fails_with "Permission denied" su user -c "psem /users open"
  su user -c "psem /users unlink"
  chmod 755 .
}

# What an administrator has to do for users who don't trust each other.
users_do_not_trust_each_other() {
  chmod 1777 .
  echo stranger:x:2000:2000::/tmp:/bin/sh >>/etc/passwd
  su user -c "psem /mine create=666 wait post"
  fails_with "Permission denied" su stranger -c "psem /mine unlink"
  fails_with "Permission denied" su stranger -c "psem /mine open unlink"
  is mine/value 1
  su stranger -c "psem /mine open wait post"
  # In use by the kernel, so it stays.
  mkdir "$kernel/mine"
  fails_with "busy" su user -c "psem /mine unlink"
  rmdir "$kernel/mine"
  su user -c "psem /mine open wait unlink post"
  [ ! -e mine ]
  fails_with "No such file" su user -c "psem /mine unlink"
  # Whatever the mode lets its owner do.
  for mode in 0 60; do
    su user -c "psem /mine create=$mode"
    fails_with "Permission denied" su stranger -c "psem /mine unlink"
    su user -c "psem /mine unlink"
    [ ! -e mine ]
  done
  mkdir roots
  fails_with "Permission denied" su user -c "psem /roots unlink"
  chmod 755 .
}

file_in_the_way() {
  echo 1 >/dev/ksem/file
  fails_with "a file of another kind" psem /file create
  [ ! -e file ]
  fails_with "not implemented" psem /file open
  fails_with "not implemented" psem /file open
  is /dev/ksem/file 1
  soon logged "/dev/ksem/file is no device"
  rm /dev/ksem/file
  psem /file create wait post
  # By a shell, too.
  echo 1 >/dev/ksem/plain
  mkdir plain
  soon logged "/dev/ksem/plain is no device"
  rm /dev/ksem/plain
  mkdir made
  soon [ -c /dev/ksem/made ]
  if dmesg | grep "ksem/made is no device"; then return 1; fi
}

logged() {
  dmesg | grep -q "ksem: $1"
}

no_node() {
  without_nodes psem /nodes create 2>/tmp/said && return 1
  grep "not implemented" /tmp/said
  [ ! -e nodes ]
}

# The words go where standard error went, or to nobody.
standard_error() {
  for name in words pipe base; do echo 1 >"/dev/ksem/$name"; done
  psem /words create 2>/tmp/said && return 1
  grep "a file of another kind" /tmp/said
  psem /pipe breakpipe refused
  psem /base openas2=/tmp/database refused
  is /tmp/database ""
  rm /dev/ksem/words /dev/ksem/pipe /dev/ksem/base
}

no_room_for_addresses() {
  (
    # shellcheck disable=SC3045  # busybox has it
    ulimit -v 100000
    fails_with "Cannot allocate memory" psem /room create
  )
  [ ! -e room ]
  psem /room create unlink
}

seccomp_filter() {
  psem /filtered create wait
  fails_with "a seccomp filter" psem /filtered open filter wait
  fails_with "not permitted" psem /filtered open filter wait
  # What needs no system call works.
  psem /filtered open filter post wait
  for error in 1 13 38; do
    fails_with "ioctl() is refused" \
      psem /filtered open "refuse=ioctl=$error" wait
    fails_with "ioctl() is refused" psem /filtered "refuse=ioctl=$error" open
    fails_with "ioctl() is refused" psem /unmade "refuse=ioctl=$error" create
    fails_with "statx() is refused" psem /filtered "refuse=statx=$error" open
    fails_with "statx() is refused" psem /unmade "refuse=statx=$error" create
    [ ! -e unmade ]
  done
}

found_in_libc() {
  says 1 psem /found libc value
  is found/value 1
}

deep_bound_module() {
  says 1 psem /deep module=/bin/module.so value
  is deep/value 1
}

module_apart() {
  psem /apart apart=/bin/module.so 2>&1 |
    grep "^ksem: /bin/module.so: loaded with a C library of its own"
  [ ! -e apart ]
}

mode_libc() {
  KSEM_POSIX_MODE=libc psem /theirs create
  [ -e /dev/shm/sem.theirs ]
  [ ! -e theirs ]
  KSEM_POSIX_MODE=libc psem /theirs clearenv unlink
}

module_missing() {
  LD_PRELOAD=''
  for left in /sys/kernel/config/ksem/*/; do rmdir "$left"; done
  # Those that were killed above may not be gone yet.
  soon umount /sys/kernel/config
  rmmod ksem_test
  rmmod ksem
  LD_PRELOAD=/bin/libksem-posix.so
  fails_with "not implemented" psem /missing create
  fails_with "not implemented" psem /missing unlink
  fails_with "not implemented" env KSEM_POSIX_MODE=ksem psem /missing open
  KSEM_POSIX_MODE=auto psem /missing create
  [ -e /dev/shm/sem.missing ]
  # What has begun with the C library's stays with it.
  KSEM_POSIX_MODE=auto psem /missing open pause unlink create &
  soon stopped $!
  LD_PRELOAD='' insmod /lib/ksem/ksem.ko
  kill -CONT $!
  wait $!
  [ -e /dev/shm/sem.missing ]
  # The module is there, configfs isn't.
  fails_with "not implemented" psem /missing create
  mount -t configfs configfs /sys/kernel/config
  [ ! -e /sys/kernel/config/ksem/missing ]
  KSEM_POSIX_MODE=auto psem /missing create
  [ -e /sys/kernel/config/ksem/missing ]
}

check "/foo is the semaphore foo" name_is_ours
check "the program may be linked with it, too" linked
check "threads that run may go first" is_not_fair
check "what a shell has made" made_by_a_shell
check "a shell's post wakes the program" shell_wakes_program
check "the program's post wakes a shell" program_wakes_shell
check "the kernel takes its unit and gives it" kernel_takes_and_gives
check "the kernel waits for the program" kernel_waits_for_program
check "a post at the ceiling is EOVERFLOW" ceiling
check "after shutdown all is EIDRM" shut_down
check "an uncontended pair is no system call" no_system_calls
check "without a page the kernel does it all" off_limits
check "with undo, a dead holder's unit comes back" dead_holder_gives_back
check "the program may close all descriptors" closes_all_descriptors
check "descriptors that took a number over stay" spares_others_descriptors
check "what has a number of ours isn't taken for it" numbers_in_use_again
check "no handle is 0, 1 or 2" keeps_off_standard_descriptors
check "handles are closed on exec" closed_on_exec
check "KSEM_POSIX_PREFIX keeps names apart" prefix
check "names that can be, and can't" names
check "the mode goes to the device" modes
check "users need permission" users_need_permission
check "users may be allowed to make their own" users_make_their_own
check "1777: users who don't trust each other" users_do_not_trust_each_other
check "a file in the way of a device" file_in_the_way
check "a /dev that isn't the kernel's" no_node
check "words for standard error" standard_error
check "no room for addresses" no_room_for_addresses
# The kernels we build ourselves have no filters.
if grep -q ^Seccomp /proc/self/status; then
  check "a seccomp filter" seccomp_filter
  check "what a device answers that has a number of ours" device_answers
  check "descriptors that are closed where nobody can look" closed_unseen
fi
check "looked up in libc itself" found_in_libc
check "a module with RTLD_DEEPBIND" deep_bound_module
check "a module with another C library" module_apart
check "KSEM_POSIX_MODE=libc" mode_libc
cd / || exit
check "without the module" module_missing
finish
