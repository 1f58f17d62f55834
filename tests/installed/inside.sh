#!/bin/sh
# SPDX-License-Identifier: MIT
# What has to hold in a system that was installed and has booted.
cd "$(dirname "$0")" || exit
exec >/dev/ttyS1 2>&1
stty -F /dev/ttyS1 raw -echo
# shellcheck source=tests/ktap.sh
. ./ktap.sh

root=/sys/kernel/config/ksem

access() { stat -c '%a %U %G' "$1"; }
fails() { if "$@"; then return 1; fi; }
monotonic() { systemctl show --value -p ActiveEnterTimestampMonotonic "$1"; }

made_at_boot() {
  systemctl status --no-pager ksem.service
  is "$root/build/value" 2
  is "$root/build/max" 3
  is "$root/build/order" priority
  [ "$(access /dev/ksem/build)" = "660 root ksem" ]
  [ "$(access /dev/ksem/door)" = "644 member root" ]
  [ "$(access "$root"/door/wait)" = "666 member root" ]
  [ "$(access "$root"/door/post)" = "222 member root" ]
  [ "$(access /dev/ksem/plain)" = "600 root root" ]
}

# A drop-in has the modules loaded late.
made_before_services() {
  late=$(monotonic systemd-modules-load.service)
  made=$(monotonic ksem.service)
  sysinit=$(monotonic sysinit.target)
  echo "modules $late, ksem $made, sysinit $sysinit"
  [ "$late" -ge "$(cat late)000000" ]
  [ "$late" -le "$made" ]
  [ "$made" -le "$sysinit" ]
}

group_may() {
  runuser -u member -- ksem run build -- true
  fails runuser -u other -- ksem run build -- true
  runuser -u other -- sh -c "echo 1 >$root/door/post"
}

exec_finds_libraries() { runuser -u member -- ksem exec -- ./named; }

# One that a user makes is the user's alone, also under a declared name.
trigger() {
  ksem rm door
  chmod 1777 "$root"
  runuser -u other -- ksem create door
  runuser -u other -- ksem create mine
  chmod 755 "$root"
  cat /run/udev/rules.d/59-ksem.rules
  udevadm trigger --settle --subsystem-match=ksem
  udevadm trigger --settle --action=add --subsystem-match=ksem
  [ "$(access /dev/ksem/build)" = "660 root ksem" ]
  [ "$(access /dev/ksem/plain)" = "600 root root" ]
  [ "$(access /dev/ksem/door)" = "600 other other" ]
  [ "$(access /dev/ksem/mine)" = "600 other other" ]
  # What has no rule keeps what chmod and chown have set, from its first moment on.
  udevadm control --stop-exec-queue
  mkdir "$root/late"
  chmod 640 /dev/ksem/late
  chown member /dev/ksem/late
  udevadm control --start-exec-queue
  udevadm settle
  [ "$(access /dev/ksem/late)" = "640 member root" ]
  chown other:other /dev/ksem/late
  udevadm trigger --settle --action=add --subsystem-match=ksem
  [ "$(access /dev/ksem/late)" = "640 other other" ]
  # It is the rule's KSEM_UID that spares it.
  sed -i 's/ENV{KSEM_UID}=="0", //' /run/udev/rules.d/59-ksem.rules
  udevadm control --reload
  udevadm trigger --settle --subsystem-match=ksem
  [ "$(access /dev/ksem/door)" = "644 member root" ]
  ksem rm door
  ksem apply
  udevadm trigger --settle --subsystem-match=ksem
  [ "$(access /dev/ksem/door)" = "644 member root" ]
}

hardened() {
  systemctl start hardened.service
  sed -i '/^BindPaths/d' /etc/systemd/system/hardened.service
  systemctl daemon-reload
  fails systemctl start hardened.service
}

# The upgrade has built it anew.
module_of_others() {
  ksem create jobs --value 1 --max 1
  modprobe ksem_example
  [ -e /sys/module/ksem/holders/ksem_example ]
  soon takes_units
  fails modprobe -r ksem
  modprobe -r ksem_example
  is "$root/jobs/value" 1
  ksem rm jobs
  dkms remove ksem-example/1 --all
  rm -r /usr/src/ksem-example-1
  fails modinfo ksem_example
}

takes_units() { dmesg | grep 'jobs: got a unit'; }

reload() {
  ksem wait build
  echo more value=1 >/etc/ksem/semaphores.conf.d/more.conf
  systemctl reload ksem.service
  is "$root/more/value" 1
  is "$root/build/value" 1
}

mistake() {
  echo more colour=red >/etc/ksem/semaphores.conf.d/wrong.conf
  fails systemctl restart ksem.service
  journalctl -b -u ksem.service | grep 'wrong.conf:1: '
  rm /etc/ksem/semaphores.conf.d/wrong.conf
  systemctl restart ksem.service
}

# The module goes on for those that use it.
purged_in_use() {
  dpkg --purge ksem ksem-dkms libksem-dev
  [ ! -e /etc/ksem ]
  [ ! -e /run/udev/rules.d/59-ksem.rules ]
  fails modinfo ksem
  fails systemctl cat ksem.service
  is "$root/build/value" 1
  echo 1 >"$root/build/post"
  rmdir "$root"/*
  rmmod ksem
}

check "semaphores.conf is there after boot" made_at_boot
check "before services start, however late modules load" made_before_services
check "the group may, others may not" group_may
check "ksem exec finds the libraries" exec_finds_libraries
check "udevadm trigger: each keeps its access" trigger
check "a hardened unit uses a semaphore" hardened
check "a module of others loads, and uses it" module_of_others
check "reload makes what is missing" reload
check "a mistake is in the journal" mistake
check "purge while in use" purged_in_use
# shellcheck source=tests/installed/more.sh
if [ -e more.sh ]; then . ./more.sh; fi
finish
