# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# More cases of inside.sh: the packages are installed while the system runs.
# shellcheck disable=SC2154  # inside.sh's variables
modules=/lib/modules/$(uname -r)

installs() { dpkg -i /test/"$1"/*.deb; }

without_headers() {
  umount /sys/kernel/config
  mv "$modules/build" "$modules/build.away"
  installs first >/test/said 2>&1
  cat /test/said
  grep -F "apt install linux-headers-$(uname -r)" /test/said
  fails modinfo ksem
  [ ! -e /sys/module/ksem ]
}

# The package of headers runs the hook.
headers_come() {
  mv "$modules/build.away" "$modules/build"
  /etc/kernel/header_postinst.d/dkms "$(uname -r)"
  modprobe ksem
  systemctl restart ksem.service
  ksem create later
}

purged_idle() {
  ksem rm later
  dpkg --purge ksem ksem-dkms libksem-dev
  [ ! -e /sys/module/ksem ]
}

without_reboot() {
  umount /sys/kernel/config
  mkdir -p /etc/ksem/semaphores.conf.d
  echo build value=2 group=ksem mode=660 >/etc/ksem/semaphores.conf.d/build.conf
  installs first
  is "$root/build/value" 2
  [ "$(access /dev/ksem/build)" = "660 root ksem" ]
}

# The old module runs on, and the new command works with it.
upgraded_in_use() {
  ksem wait build
  ksem create door --value 0
  ksem wait door &
  soon is "$root/door/waiters" 1
  loaded=$(cat /sys/module/ksem/taint /sys/module/ksem/srcversion)
  installs later
  [ "$loaded" = "$(cat /sys/module/ksem/taint /sys/module/ksem/srcversion)" ]
  is "$root/build/value" 1
  is "$root/door/waiters" 1
  ksem post door
  wait $!
  ksem post build
}

# A kernel's package puts its modules there, runs depmod, which wants a number, and
# then the hook.
kernel_upgraded() {
  new=9.9.9-new
  mkdir "/lib/modules/$new"
  cp "$modules"/modules.builtin* "$modules"/modules.order "/lib/modules/$new"
  ln -s "$(readlink -f "$modules/build")" "/lib/modules/$new/build"
  depmod "$new"
  /etc/kernel/postinst.d/dkms "$new"
  modinfo -k "$new" -n ksem
  dkms status ksem -k "$new" | grep ': installed'
}

library_tests() { debian/tests/library run /test/bin; }

check "install without headers says what to install" without_headers
check "once they come, the module is there" headers_come
check "purge when idle unloads the module" purged_idle
check "install without a reboot makes what is declared" without_reboot
check "upgrade while in use leaves semaphores alone" upgraded_in_use
check "a new kernel has the module" kernel_upgraded
check "the library's tests pass with the installed packages" library_tests
dpkg --purge ksem ksem-dkms libksem-dev >/dev/null
