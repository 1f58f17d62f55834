#!/bin/sh
# SPDX-License-Identifier: MIT
# apply: makes what a file declares, and leaves alone what is there.
# shellcheck source=tools/ksem/tests/expect.sh
. expect.sh

conf=/tmp/semaphores.conf
rules=/run/udev/rules.d/59-ksem.rules

# declare LINE…: nothing else is declared, and nothing is there.
declare_only() {
  rm -rf "$conf.d"
  for name in $(ksem ls); do ksem rm "$name"; done
  printf '%s\n' "$@" >"$conf"
}

access() { stat -c '%a %u %g' "$1"; }

makes_what_is_declared() {
  echo jobs:x:1234: >>/etc/group
  declare_only '# two' 'a' \
    'b value=2 max=3 order=priority fair=0 undo=1 mappable=0 record=1 # x' \
    '	c  owner=user group=jobs mode=640 files=660'
  ksem apply "$conf"
  is "$root/a/value" 0
  is "$root/b/value" 2
  is "$root/b/max" 3
  is "$root/b/order" priority
  is "$root/b/fair" 0
  is "$root/b/undo" 1
  is "$root/b/mappable" 0
  is "$root/b/record" 1
  [ "$(access /dev/ksem/a)" = "600 0 0" ]
  [ "$(access /dev/ksem/c)" = "640 1000 1234" ]
  [ "$(access "$root"/c/wait)" = "660 1000 1234" ]
  [ "$(access "$root"/c/trywait)" = "660 1000 1234" ]
  [ "$(access "$root"/c/post)" = "220 1000 1234" ]
  [ "$(access "$root"/c/timedwait)" = "220 1000 1234" ]
  [ "$(access "$root"/c/value)" = "644 0 0" ]
  su user -c "ksem post c"
}

reads_the_directory() {
  declare_only a
  mkdir "$conf.d"
  echo b >"$conf.d/one.conf"
  echo c >"$conf.d/other"
  ksem apply "$conf"
  [ "$(ksem ls | xargs)" = "a b" ]
  echo a >"$conf.d/two.conf"
  says "two.conf:1: a is declared in $conf:1 already" ksem apply "$conf"
}

leaves_what_lives() {
  mkdir -p /run/udev
  declare_only 'a value=2 max=5 mode=666'
  ksem create a --value 1 --max 3
  exits 0 ksem apply "$conf"
  has "$err" "a: exists, and stays as it is: max is 3, not 5, mode of the device"
  is "$root/a/value" 1
  is "$root/a/max" 3
  [ "$(access /dev/ksem/a)" = "600 0 0" ]
  [ ! -e "$rules" ]
  ksem rm a
  ksem apply "$conf"
  ksem post a
  exits 0 ksem apply "$conf"
  [ ! -s "$err" ]
  is "$root/a/value" 3
  rm -r /run/udev
}

# What the line leaves out has its default.
tells_of_all_settings() {
  declare_only a
  ksem create a --order priority --fair 0 --undo 1 --mappable 0 --record 1
  exits 0 ksem apply "$conf"
  has "$err" "max is 1, not 2147483647, order is priority, not fifo, \
fair is 0, not 1, undo is 1, not 0, mappable is 0, not 1, record is 1, not 0"
}

checks_only() {
  declare_only 'a max=5' b
  ksem create b --value 1
  exits 0 ksem apply --check "$conf"
  has "$out" "a: would be made"
  lacks "$out" "b:"
  [ ! -e "$root/a" ]
  ksem create a --max 4
  exits 0 ksem apply --check "$conf"
  has "$out" "a: exists, and would stay as it is: max is 4, not 5"
}

refuses() {
  declare_only 'good'
  for bad in "a value=" "a value=-1" "a max=0" "a max=2147483648" \
    "a order=lifo" "a fair=yes" "a owner=nobodys" "a group=nobodys" \
    "a mode=888" "a files=u+r" "a colour=red" "a value" "a max=1 max=2" \
    "a value=2 max=1" "a/b" ".a" "-a" 'a|b' 'a"b' 'a*' 'a[b]' 'a\b' "tür"; do
    printf 'good\n\n%s\n' "$bad" >"$conf"
    says "$conf:3: " ksem apply "$conf"
    says "$conf:3: " ksem apply --check "$conf"
  done
  # All mistakes, in one go.
  printf 'good\na x=1\nb y=1\n' >"$conf"
  says "$conf:2: " ksem apply "$conf"
  has "$err" "$conf:3: "
  says "No such file" ksem apply /tmp/nowhere
  says "Is a directory" ksem apply --check /tmp
  mkdir -p "$conf.d/directory.conf"
  says "Is a directory" ksem apply --check "$conf"
  rm -r "$conf.d"
  [ ! "$(ksem ls)" ]
}

# udev takes a node's access back, unless a rule says it; and one of a user's own
# is not to be opened by it.
writes_rules() {
  mkdir -p /run/udev
  declare_only 'a' 'b group=jobs mode=660' 'c owner=user'
  ksem apply "$conf"
  has "$rules" 'KERNEL=="b", ENV{KSEM_UID}=="0", OWNER="0", GROUP="1234", MODE="0660"'
  has "$rules" 'KERNEL=="c", ENV{KSEM_UID}=="0", OWNER="1000", GROUP="0", MODE="0600"'
  lacks "$rules" '"a"'
  lacks "$rules" '[*?]'
  declare_only 'b' 'c'
  ksem apply "$conf"
  lacks "$rules" 'KERNEL'
  rm -r /run/udev
}

# Only what its access differs by is a reason to have none.
keeps_rules_of_what_lives() {
  mkdir -p /run/udev
  declare_only 'a max=5 mode=666' 'b mode=666'
  ksem create a --max 4 --mode 666
  ksem create b --mode 640
  exits 0 ksem apply "$conf"
  has "$err" "a: exists, and stays as it is: max is 4, not 5"
  has "$rules" 'KERNEL=="a"'
  lacks "$rules" 'KERNEL=="b"'
  rm -r /run/udev
}

# Only those of /etc/ksem are all there are.
leaves_rules_of_others() {
  mkdir -p /run/udev /etc/ksem
  declare_only 'b mode=660' 'bb mode=660' 'c mode=660'
  cp "$conf" /etc/ksem/semaphores.conf
  ksem apply
  declare_only 'b mode=640'
  ksem apply "$conf"
  has "$rules" 'KERNEL=="b", ENV{KSEM_UID}=="0", OWNER="0", GROUP="0", MODE="0640"'
  has "$rules" 'KERNEL=="bb", ENV{KSEM_UID}=="0", OWNER="0", GROUP="0", MODE="0660"'
  [ "$(grep -c 'KERNEL' "$rules")" -eq 3 ]
  declare_only
  ksem apply "$conf"
  [ "$(grep -c 'KERNEL' "$rules")" -eq 3 ]
  echo '# nothing' >/etc/ksem/semaphores.conf
  ksem apply
  lacks "$rules" 'KERNEL'
  rm -r /run/udev /etc/ksem
}

# A rule that udev doesn't hear of keeps no semaphore from being made, and the
# next run tells udev again.
no_udevadm() {
  mkdir -p /run/udev /tmp/bin
  touch /run/udev/control
  declare_only 'ap mode=660 group=0'
  for _ in 1 2; do
    says "ksem apply: udevadm: No such file" ksem apply "$conf"
    [ "$(wc -l <"$err")" -eq 1 ]
    [ "$(access /dev/ksem/ap)" = "660 0 0" ]
  done
  # shellcheck disable=SC2016
  printf '%s\n' '#!/bin/sh' 'echo "$*" >>/tmp/reloads' 'exit "$(cat /tmp/status)"' \
    >/tmp/bin/udevadm
  chmod +x /tmp/bin/udevadm
  PATH=/tmp/bin:$PATH
  for status in 1 0; do
    echo "$status" >/tmp/status
    declare_only 'b mode=660'
    rm -f /tmp/reloads
    if [ "$status" -eq 0 ]; then
      exits 0 ksem apply "$conf"
    else
      says "ksem apply: udevadm control --reload failed" ksem apply "$conf"
    fi
    [ -e "$root/b" ]
    is /tmp/reloads "control --reload"
  done
  rm -r /run/udev
}

no_rules_can_be_written() {
  touch /run/udev
  declare_only 'a mode=660'
  says "ksem apply: /run/udev/rules.d: Not a directory" ksem apply "$conf"
  [ -e "$root/a" ]
  rm /run/udev
  mkdir -p /run/udev/rules.d/59-ksem.rules.new
  declare_only 'a mode=660'
  says "ksem apply: /run/udev/rules.d/59-ksem.rules.new: Is a directory" \
    ksem apply "$conf"
  [ -e "$root/a" ]
  rm -r /run/udev
}

only_for_root() {
  declare_only 'a value=1'
  says "permission denied; type: sudo ksem apply" su user -c "ksem apply $conf"
  lacks "$err" /dev/ksem
  [ ! "$(ksem ls)" ]
}

nothing_declared() {
  declare_only '# nothing'
  KSEM_ROOT=/nowhere ksem apply "$conf"
  ksem apply
  declare_only a
  KSEM_ROOT=/nowhere says "no directory /nowhere" ksem apply "$conf"
}

no_such_file() {
  says "ksem apply: /nosuch: No such file or directory" ksem apply /nosuch
}

check "makes what is declared" makes_what_is_declared
check "reads the directory, in order" reads_the_directory
check "leaves alone what lives" leaves_what_lives
check "--check makes nothing" checks_only
check "a mistake: says where, and makes nothing" refuses
check "says also which settings aren't the default ones" tells_of_all_settings
check "udev gets rules before" writes_rules
check "one that differs otherwise keeps its rule" keeps_rules_of_what_lives
check "with FILE, the rules of others stay" leaves_rules_of_others
check "udevadm fails: all are made, and it is tried again" no_udevadm
check "no rules can be written: all are made" no_rules_can_be_written
check "permission is needed" only_for_root
check "nothing declared: nothing has to be there" nothing_declared
check "a file that isn't there" no_such_file
finish
