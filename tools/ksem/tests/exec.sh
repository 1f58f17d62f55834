#!/bin/sh
# SPDX-License-Identifier: MIT
# ksem exec: programs that know POSIX or System V alone, and what it says of those that
# can't be helped. The machine's own commands are busybox's, which is statically
# linked; bash is not.
# shellcheck disable=SC2016  # for the other shell
# shellcheck source=tools/ksem/tests/expect.sh
. expect.sh

posix=/bin/libksem-posix.so
sysv=/bin/libksem-sysv.so

as_user() {
  su user -c "$*"
}

# refused TEXT COMMAND…: nothing was run, and TEXT says why.
refused() {
  text=$1
  shift
  exits 126 "$@"
  has "$err" "$text"
  [ ! -s "$out" ]
}

# A copy of bash to make another program of.
copy() {
  rm -f "$1"
  cp /bin/bash "$1"
}

remove_all() {
  find "$root" -mindepth 1 -maxdepth 1 -exec rmdir {} +
}

script() {
  cat >"$1"
  chmod +x "$1"
}

# README.md quotes it. The daemon is a shell that runs one, so those that are
# started by others have the library, too.
shell_posts() {
  cd /tmp
  printf '#!/bin/bash\npsem /door open wait\nexit 5\n' | script daemon
  ksem create door --value 0
  ksem exec -- ./daemon & # waits for what is sem_open("/door") to it
  ksem post door          # and goes on
  ends 5 $!
  is "$root/door/value" 0
  ksem exec psem /door unlink
  [ ! -e "$root/door" ]
}

shell_posts_to_set() {
  ksem exec -- perl -e '
    my ($IPC_CREAT, $SETVAL) = (01000, 16);
    my $set = semget(42, 2, $IPC_CREAT | 0600) or die "semget: $!";
    semctl($set, 1, $SETVAL, 3) or die "SETVAL: $!";
    semop($set, pack("s!6", 0, -1, 0, 1, -2, 0)) or die "semop: $!";
    exit 5;
  ' &
  blocked sysv-0000002a.0
  ksem post sysv-0000002a.0
  ends 5 $!
  is "$root/sysv-0000002a.0/value" 0
  is "$root/sysv-0000002a.1/value" 1
}

# Of util-linux, whose keys are random.
made_and_removed_by_others() {
  remove_all
  exits 0 ksem exec -- ipcmk -S 3
  [ "$(ksem ls | grep -c 'sysv-.*\.[012]$')" -eq 3 ]
  exits 0 ksem exec -- ipcrm -s "$(sed 's/.*: //' "$out")"
  [ -z "$(ksem ls)" ]
}

becomes_the_program() {
  ksem exec -- bash -c 'echo $$' >"$out" &
  ends 0 $!
  is "$out" $!
}

statuses() {
  for status in 0 1 2 7 124 125 126 127 255; do
    exits "$status" ksem exec -- bash -c "exit $status"
  done
  exits 143 ksem exec -- bash -c 'kill -TERM $$'
}

words() {
  [ "$(ksem exec -- bash -c 'printf "%s;" "$0" "$@"' -- -n --mode 'a b' '')" = \
    "--;-n;--mode;a b;;" ]
  [ "$(ksem exec bash -c 'echo "$0"' --)" = -- ]
}

# Words are split: no word here has a space.
misused() {
  # shellcheck disable=SC2086
  exits 125 ksem exec $2
  has "$err" "ksem exec: $1"
  [ ! -s "$out" ]
}

means_nothing() {
  misused "PROGRAM is missing" ""
  misused "PROGRAM is missing" "--mode auto --"
  misused "no such option: --frob" "--frob -- env"
  misused "--mode posix: give ksem, auto or libc" "--mode posix -- env"
  misused "--prefix: no name has / or !" "--prefix a/b -- env"
  misused "--prefix: no name has / or !" "--prefix a!b -- env"
  misused "--prefix: " "--prefix= -- env"
}

no_such_program() {
  exits 127 ksem exec -- no-such-program
  has "$err" "no-such-program: No such file"
  exits 127 ksem exec -- /no/such/program
  echo '#!/no/interpreter' | script /tmp/script
  exits 127 ksem exec -- /tmp/script
  exits 127 ksem exec -- ''
}

cannot_be_executed() {
  exits 126 ksem exec -- /tmp
  : >/tmp/plain
  exits 126 ksem exec -- /tmp/plain
  has "$err" "/tmp/plain: Permission denied"
}

found_as_execvp_does() {
  mkdir -p /tmp/one /tmp/two/bash
  : >/tmp/one/bash
  ours=/bin/ksem
  exits 5 env PATH=/tmp/one:/tmp/two:/none:/bin "$ours" exec -- bash -c 'exit 5'
  exits 5 env -u PATH "$ours" exec -- bash -c 'exit 5'
  exits 126 env PATH=/tmp/one "$ours" exec -- bash
  exits 127 env PATH=/none "$ours" exec -- bash
  # An empty word of it is the current directory.
  cd /bin
  exits 5 env PATH=/none: "$ours" exec -- bash -c 'exit 5'
  exits 5 env PATH=/none ../bin/ksem exec -- ./bash -c 'exit 5'
}

# preloads WANTED COMMAND…
preloads() {
  want=$1
  shift
  [ "$("$@" bash -c 'echo "$LD_PRELOAD"' 2>/dev/null)" = "$want" ]
}

# What others have put there may have to be the first, or wants to see our calls.
keeps_others_preloads() {
  preloads "$posix:$sysv" ksem exec --
  preloads "$posix:$sysv" env LD_PRELOAD= ksem exec --
  preloads "libc.so.6:$posix:$sysv" env LD_PRELOAD=libc.so.6 ksem exec --
}

address_sanitizer() {
  exits 0 ksem exec -- psem_asan /asan create wait post
  is "$root/asan/value" 1
  asan=$(ldd_of /bin/psem_asan libasan)
  exits 0 env LD_PRELOAD="$asan" ksem exec -- psem_asan /asan open wait
  is "$root/asan/value" 0
}

# ldd_of PROGRAM NAME: the library of that name that it has loaded.
ldd_of() {
  /lib64/ld-linux-x86-64.so.2 --list "$1" | sed -n "s/.* => \(.*$2[^ ]*\) .*/\1/p"
}

# Nothing of ours is loaded then.
preloads_what_is_needed() {
  preloads "$sysv" env KSEM_POSIX_MODE=libc ksem exec --
  preloads "$posix" env KSEM_SYSV_MODE=libc ksem exec --
  preloads "" ksem exec --mode libc --
  exits 0 ksem exec --mode libc -- busybox true
}

# Both libraries know each other's descriptors.
libraries_share_a_register() {
  ksem create one --value 0
  [ "$(ksem exec -- psem /one open closefrom makeset setvalue)" = 5 ]
  exits 1 ksem exec -- psem /one open closefrom makeset try
  is "$root/sysv-0000beef.0/value" 5
  ksem exec -- ipcrm -S 0xbeef
}

system_calls_by_number() {
  ksem exec -- perl -e '
    my ($SEMGET, $SEMOP, $SEMCTL, $SETVAL) = (64, 65, 66, 16);
    my $set = syscall($SEMGET, 77, 1, 01000 | 0600);
    die "semget: $!" if $set < 0;
    die "SETVAL: $!" if syscall($SEMCTL, $set, 0, $SETVAL, 3) < 0;
    my $take = pack("s!3", 0, -1, 0);
    die "semop: $!" if syscall($SEMOP, $set, $take, 1) < 0;
  '
  is "$root/sysv-0000004d.0/value" 2
}

variables() {
  show='echo "${KSEM_POSIX_MODE-no} ${KSEM_POSIX_PREFIX-no}" \
    "${KSEM_SYSV_MODE-no} ${KSEM_SYSV_PREFIX-no}"'
  [ "$(ksem exec -- bash -c "$show")" = "no no no no" ]
  [ "$(ksem exec --mode auto --prefix p -- bash -c "$show")" = "auto p auto p" ]
  export KSEM_POSIX_MODE=libc KSEM_POSIX_PREFIX=a KSEM_SYSV_PREFIX=b
  [ "$(ksem exec -- bash -c "$show")" = "libc a no b" ]
  [ "$(ksem exec --mode ksem --prefix p -- bash -c "$show")" = "ksem p ksem p" ]
}

prefix() {
  ksem exec --prefix app. -- psem /door create
  is "$root/app.door/value" 1
  ksem exec --prefix app. -- ipcmk -S 1
  ksem ls | grep '^app\.sysv-'
}

mode_libc() {
  remove_all
  ksem exec --mode libc -- psem /theirs create
  [ -e /dev/shm/sem.theirs ]
  exits 0 ksem exec --mode libc -- ipcmk -S 1
  ipcrm -s "$(sed 's/.*: //' "$out")"
  [ -z "$(ksem ls)" ]
}

statically_linked() {
  refused "/bin/busybox is statically linked" ksem exec -- busybox echo ran
  refused "/bin/echo is statically linked" ksem exec -- echo ran
}

of_other_machines() {
  copy /tmp/other
  # EI_CLASS is the fifth byte, the machine's number the nineteenth.
  printf '\001' | dd of=/tmp/other bs=1 seek=4 conv=notrunc
  refused "/tmp/other is a program of 32 bits" ksem exec -- /tmp/other -c 'echo ran'
  copy /tmp/other
  printf '\267' | dd of=/tmp/other bs=1 seek=18 conv=notrunc
  refused "/tmp/other is for another kind of machine" \
    ksem exec -- /tmp/other -c 'echo ran'
}

of_another_libc() {
  LC_ALL=C sed 's,/lib64/ld-linux-x86-64.so.2,/lib64/ld-musl-x86-64.so.12,' \
    /bin/bash >/tmp/other
  chmod +x /tmp/other
  refused "/tmp/other is linked with another C library" ksem exec -- /tmp/other
  has "$err" "its dynamic loader is /lib64/ld-musl-x86-64.so.12"
}

# What other machines call it.
loaders_of_glibc() {
  for name in ld64.so.2 ld.so.1; do
    # As many characters as /lib64/ld-linux-x86-64.so.2 has.
    path=/lib64/$name
    while [ ${#path} -lt 27 ]; do path=/${path}; done
    ln -s ld-linux-x86-64.so.2 "/lib64/$name"
    LC_ALL=C sed "s,/lib64/ld-linux-x86-64.so.2,$path," /bin/bash >/tmp/other
    chmod +x /tmp/other
    exits 5 ksem exec -- /tmp/other -c 'exit 5'
    rm "/lib64/$name"
  done
}

by_the_loader() {
  loader=/lib64/ld-linux-x86-64.so.2
  exits 0 ksem exec -- "$loader" /bin/psem /loaded create
  is "$root/loaded/value" 1
  refused "/bin/busybox is statically linked" ksem exec -- "$loader" /bin/busybox
}

scripts() {
  printf '#! /bin/sh -e\necho ran\n' | script /tmp/script
  refused "/tmp/script: its interpreter, /bin/sh, is statically linked" \
    ksem exec -- /tmp/script
  printf '#!/tmp/script\n' | script /tmp/nested
  refused "/tmp/nested: its interpreter, /bin/sh, is statically linked" \
    ksem exec -- /tmp/nested
  printf '#!/bin/bash\nexit 5\n' | script /tmp/of-bash
  exits 5 ksem exec -- /tmp/of-bash
  # As execvp() does with a script that names no interpreter.
  echo 'exit 6' | script /tmp/of-none
  exits 6 ksem exec -- /tmp/of-none
}

# For a copy of bash, to say so of itself.
loaded='[[ $(</proc/$$/maps) = *libksem-posix.so* ]]'

# Root is not another user to a program of root's.
with_others_rights() {
  copy /tmp/set-user
  chmod 4755 /tmp/set-user
  refused "/tmp/set-user is set-user-ID" as_user "ksem exec -- /tmp/set-user"
  ksem exec -- /tmp/set-user -c "$loaded"
  copy /tmp/set-group
  chmod 2755 /tmp/set-group
  refused "/tmp/set-group is set-group-ID" as_user "ksem exec -- /tmp/set-group"
  ksem exec -- /tmp/set-group -c "$loaded"
  chmod 2745 /tmp/set-group
  as_user "ksem exec -- /tmp/set-group -c '$loaded'"
}

with_capabilities() {
  copy /tmp/capable
  # Not all kernels have them in the memory's file system.
  setcap cap_net_raw+ep /tmp/capable || return 0
  refused "/tmp/capable is given capabilities" as_user "ksem exec -- /tmp/capable"
  refused "/tmp/capable is given capabilities" \
    as_user "setpriv --nnp ksem exec -- /tmp/capable"
  ksem exec -- /tmp/capable -c "$loaded"
}

# Where the kernel gives nobody others' rights.
without_others_rights() {
  copy /tmp/set-both
  chmod 6755 /tmp/set-both
  as_user "setpriv --nnp ksem exec -- /tmp/set-both -c '$loaded'"
  mkdir /tmp/mount
  mount -t tmpfs -o nosuid,mode=755 tmpfs /tmp/mount
  copy /tmp/mount/set-both
  chmod 6755 /tmp/mount/set-both
  setcap cap_net_raw+ep /tmp/mount/set-both || :
  as_user "ksem exec -- /tmp/mount/set-both -c '$loaded'"
  umount /tmp/mount
}

unreadable() {
  copy /tmp/unreadable
  chmod 711 /tmp/unreadable
  exits 5 as_user "ksem exec -- /tmp/unreadable -c 'exit 5'"
}

# A user whom the administrator has not let make any.
may_not_make() {
  ksem exec -- psem /public create=666
  exits 0 as_user "ksem exec -- psem /public open wait post"
  has "$err" "warning: you may not make or remove semaphores"
  has "$err" "chmod 1775 $root"
  exits 1 as_user "ksem exec -- psem /mine create"
  sed -n 's/^  chgrp/chgrp/p' "$err" >/tmp/typed
  sh /tmp/typed
  exits 0 as_user "ksem exec -- psem /mine create unlink"
  [ ! -s "$err" ]
  exits 0 as_user "ksem exec --mode libc -- psem /mine create unlink"
  chmod 755 "$root"
  exits 0 as_user "ksem exec --mode libc -- psem /mine create unlink"
  [ ! -s "$err" ]
}

# tree COMMAND LIBRARY…: ksem and libraries at these places below /tmp/tree.
tree() {
  rm -rf /tmp/tree
  at "$1" /bin/ksem
  shift
  for library; do at "$library" "/bin/${library##*/}"; done
}

at() {
  mkdir -p "$(dirname "/tmp/tree/$1")"
  cp "$2" "/tmp/tree/$1"
}

places_of_the_libraries() {
  while read -r ours first second; do
    # shellcheck disable=SC2086  # the second is not there always
    tree "$ours" "$first" $second
    preloads "/tmp/tree/$first${second:+:/tmp/tree/$second}" \
      "/tmp/tree/$ours" exec --
  done <<'END'
bin/ksem bin/libksem-posix.so bin/libksem-sysv.so
bin/ksem lib/libksem-posix.so bin/libksem-sysv.so
tools/ksem/ksem fsclient/posix/libksem-posix.so fsclient/sysv/libksem-sysv.so
bin/ksem lib/libksem-posix.so
bin/ksem lib/libksem-sysv.so
END
  # Whatever way it is called.
  ln -s bin/ksem /tmp/tree/link
  preloads "/tmp/tree/lib/libksem-sysv.so" /tmp/tree/link exec --
}

no_library() {
  tree bin/ksem elsewhere/libksem-posix.so
  exits 125 /tmp/tree/bin/ksem exec -- bash -c 'echo ran'
  has "$err" "there is no library to preload"
  for place in bin/libksem-posix.so lib/libksem-posix.so bin/libksem-sysv.so \
    lib/libksem-sysv.so; do
    has "$err" "/tmp/tree/$place"
  done
  [ ! -s "$out" ]
}

# LD_PRELOAD has no way to name it.
no_place_for_a_library() {
  for name in 'a b' a:b; do
    tree "$name/ksem" "$name/libksem-posix.so"
    exits 125 "/tmp/tree/$name/ksem" exec -- bash -c 'echo ran'
    has "$err" "with a colon or a space"
    [ ! -s "$out" ]
  done
}

module_missing() {
  remove_all
  soon umount /sys/kernel/config
  exits 125 ksem exec -- bash -c 'echo ran'
  has "$err" "configfs is not mounted"
  rmmod ksem
  exits 125 ksem exec -- bash -c 'echo ran'
  has "$err" "the ksem module is not loaded"
  [ ! -s "$out" ]
  exits 125 env KSEM_POSIX_MODE=auto ksem exec --mode ksem -- bash
  exits 0 ksem exec --mode auto -- psem /auto create
  [ -e /dev/shm/sem.auto ]
  exits 125 env KSEM_POSIX_MODE=libc ksem exec -- psem /libc create
  exits 0 env KSEM_POSIX_MODE=libc KSEM_SYSV_MODE=auto \
    ksem exec -- psem /libc create
  [ -e /dev/shm/sem.libc ]
}

check "a shell posts what the program waits for" shell_posts
check "a shell posts what a set waits for" shell_posts_to_set
check "ipcmk makes a set, ipcrm removes it" made_and_removed_by_others
check "ksem becomes the program" becomes_the_program
check "the program's exit status" statuses
check "the program's words are its own" words
check "125: a command line that means nothing" means_nothing
check "127: no such program" no_such_program
check "126: it can't be executed" cannot_be_executed
check "a program is looked for as execvp() does" found_as_execvp_does
check "what LD_PRELOAD has, stays" keeps_others_preloads
check "AddressSanitizer" address_sanitizer
check "no library that isn't needed" preloads_what_is_needed
check "the libraries know each other's descriptors" libraries_share_a_register
check "system calls by their numbers" system_calls_by_number
check "variables are set as told, or stay" variables
check "--prefix" prefix
check "--mode libc" mode_libc
check "refused: statically linked" statically_linked
check "refused: 32 bits, another machine" of_other_machines
check "refused: another C library" of_another_libc
check "other names of the loader" loaders_of_glibc
check "by the dynamic loader" by_the_loader
check "refused: a script whose interpreter would be" scripts
check "refused: set-user-ID, set-group-ID" with_others_rights
check "refused: capabilities" with_capabilities
check "what would be refused but for nosuid or no_new_privs" \
  without_others_rights
check "a program that can't be read" unreadable
check "a warning to who may not make any" may_not_make
check "where the libraries are looked for" places_of_the_libraries
check "no library" no_library
check "a library that LD_PRELOAD can't name" no_place_for_a_library
check "without configfs or module" module_missing
finish
