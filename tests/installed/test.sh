#!/bin/bash
# SPDX-License-Identifier: MIT
# Installs the packages in a Debian system, as people do, and boots that.
#
# Usage: test.sh SYSTEM MACHINE [more]
# SYSTEM is a folder that tools/setup.sh made, for a MACHINE as Debian names it. It
# takes root, or sudo. With "more", the packages are also installed and upgraded in
# the system that has booted, and their own tests run there.
set -uo pipefail
if [ "$(id -u)" != 0 ]; then exec sudo -nE "$0" "$@"; fi
if [ -z "${KSEM_UNSHARED:-}" ]; then
  KSEM_UNSHARED=1 exec unshare --mount --propagation private "$0" "$@"
fi

system=$1 machine=$2 more=${3:-}
debs=tests/installed/$machine
export TMPDIR=$TEST_TMPDIR
work=$(mktemp -d)
root=$work/root
trap 'umount "$root/proc" 2>/dev/null; rm -rf --one-file-system "$work"' EXIT
# shellcheck source=tests/ktap.sh
. tests/ktap.sh
# shellcheck source=tools/vm/faults.sh
. tools/vm/faults.sh

in_root() {
  chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
    LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

version=$(dpkg-parsechangelog -l debian/changelog -S Version)
later=$version.1

# Names only: caches and lists change. The key to sign modules with is DKMS's.
names() {
  find "$root" -xdev -path "$root/proc" -prune -o -path "$root/var/log" -prune \
    -o -path "$root/var/cache" -prune -o -path "$root/var/lib/dpkg" -prune \
    -o -path "$root/var/lib/apt" -prune \
    -o -path "$root/test" -prune -o -printf '/%P\n' |
    grep -vE '^/etc/(group|gshadow)-?$|^/run|^/tmp|/dkms/mok[.]|/modules[.][a-z.]+$' | sort
}

unpacks() {
  mkdir "$root"
  tar -xf "$system/base.tar" -C "$root"
  mount -t proc proc "$root/proc"
  names >"$work/before"
}

is_installed() {
  local kernel
  kernel=$(ls "$root/lib/modules")
  in_root dkms status "ksem/$1" | grep ': installed$'
  [ "$(in_root modinfo -k "$kernel" -F version ksem)" = "$1" ]
  [ -e "$root/var/lib/dpkg/info/ksem.list" ]
}

installs() {
  mkdir "$root/debs"
  cp "$debs"/*.deb "$root/debs"
  # As in a chroot on a host that has the module loaded: nothing may be mounted.
  mkdir -p "$root/sys/module/ksem" "$root/sys/kernel/config"
  in_root sh -c 'apt-get install -y /debs/*.deb' 2>&1 | tee "$work/said"
  # Not even tried; most hosts of tests don't have configfs.
  if grep configfs "$work/said" || mountpoint -q "$root/sys/kernel/config"; then
    return 1
  fi
  rm -r "$root/debs" "$root/sys/module" "$root/sys/kernel"
  is_installed "$version"
  [ "$(in_root ksem --version)" = "ksem $version" ]
  in_root getent group ksem
  in_root ksem apply --check
}

programs_build() {
  mkdir -p "$root/test"
  cp debian/tests/consumers fsclient/examples/worker.cc tests/installed/named.c \
    "$root/test"
  in_root sh -c 'cd /test && ./consumers worker.cc && cc -o named named.c'
}

module_of_others() {
  local source=$root/usr/src/ksem-example-1
  mkdir "$source"
  cp "$root"/usr/share/doc/ksem-dkms/examples/* tests/installed/dkms.conf "$source"
  # As others may write it.
  sed -i "s/^BUILD_DEPENDS.*/BUILD_DEPENDS[0]='ksem' # before/" "$source/dkms.conf"
  in_root dkms add ksem-example/1
  in_root dkms autoinstall -k "$(ls "$root/lib/modules")"
  in_root modinfo -k "$(ls "$root/lib/modules")" -F depends ksem_example |
    grep -x ksem
}

# The version of the symbol that it is built with is the one that the module has,
# which make_later() has changed.
is_rebuilt() {
  local kernel versions
  kernel=$(ls "$root/lib/modules")
  versions=$(in_root modprobe --dump-modversions \
    "$(in_root modinfo -k "$kernel" -n ksem_example)" |
    awk '$2 == "ksem_wait_n" { print $1 "\t" $2 }')
  [ "$versions" ]
  grep -F "$versions" "$root/var/lib/dkms/ksem/$later/$kernel"/*/module/Module.symvers
}

# The same under a later version, with other symbols, as if nothing else had changed.
make_later() {
  local deb tree=$work/later
  mkdir "$root/debs"
  for deb in "$debs"/*.deb; do
    rm -rf "$tree"
    dpkg-deb -R "$deb" "$tree"
    if [ -e "$tree/usr/src/ksem-$version" ]; then
      mv "$tree/usr/src/ksem-$version" "$tree/usr/src/ksem-$later"
      sed -i "s/\"$version\"/\"$later\"/; s|ksem/$version/|ksem/$later/|" \
        "$tree/usr/src/ksem-$later"/{main.c,dkms.conf}
      sed -i 's/^struct ksem {$/&\n\tint later;/' \
        "$tree/usr/src/ksem-$later/sem/sem.h"
      rm "$tree/DEBIAN/md5sums"
    fi
    find "$tree/DEBIAN" -type f -exec \
      sed -i "s/=$version\$/=$later/; /^Version:/s/$version/$later/" {} +
    dpkg-deb -b "$tree" "$root/debs" >/dev/null
  done
}

upgrades() {
  cp tests/installed/semaphores.conf "$root/etc/ksem/semaphores.conf"
  make_later
  in_root sh -c 'apt-get install -y /debs/*.deb'
  is_installed "$later"
  [ ! -e "$root/usr/src/ksem-$version" ]
  [ ! -e "$root/var/lib/dkms/ksem/$version" ]
  cmp tests/installed/semaphores.conf "$root/etc/ksem/semaphores.conf"
}

# What it takes to install them once more, in the machine: the packages, and a make
# that puts there what the upgrade compiled, as to compile takes six minutes there.
prepare_more() {
  local kernel
  kernel=$(ls "$root/lib/modules")
  mkdir "$root/test/first" "$root/test/built"
  cp -r "$root/debs" "$root/test/later"
  cp "$debs"/*.deb "$root/test/first"
  cp "$root/var/lib/dkms/ksem/$later/$kernel"/*/module/{ksem.ko*,Module.symvers} \
    "$root/test/built"
  unxz -q "$root"/test/built/*.xz || true
  install tests/installed/make.sh "$root/usr/local/sbin/make"
  cp tests/installed/more.sh "$root/test"
  cp -rL --parents debian/tests/library fsclient/tests fsclient/examples \
    kernel/include/uapi "$root/test"
  cp -r /usr/src/googletest "$root/usr/src"
  in_root sh -c 'cd /test && debian/tests/library build /test/bin'
  rm -r "$root/usr/src/googletest"
}

prepare_boot() {
  local units=$root/etc/systemd/system
  in_root useradd -m -G ksem member
  in_root useradd -m other
  cp tests/installed/hardened.service "$units"
  mkdir "$units"/systemd-modules-load.service.d
  if [ "$more" ]; then echo 40; else echo 5; fi >"$root/test/late"
  printf '[Service]\nExecStartPre=/bin/sleep %s\n' "$(cat "$root/test/late")" \
    >"$units/systemd-modules-load.service.d/late.conf"
  cp tests/ktap.sh tests/installed/inside.sh "$root/test"
  cat >"$units/inside.service" <<'END'
[Unit]
SuccessAction=poweroff-force
FailureAction=poweroff-force
[Service]
Type=oneshot
ExecStart=/test/inside.sh
[Install]
WantedBy=multi-user.target
END
  in_root systemctl enable inside.service
  echo '/dev/vda / ext4 defaults 0 1' >"$root/etc/fstab"
  umount "$root/proc"
  mkfs.ext4 -q -d "$root" "$work/disk" 3500M
}

# Each of its cases is one of ours.
boot() {
  local kernel accel=${KSEM_VM_ACCEL:-} console qemu options
  local cache=$system/../..
  kernel=$(ls "$root/lib/modules")
  case $machine in
    arm64)
      accel=tcg,thread=multi console=ttyAMA0 qemu=qemu-system-aarch64
      options=(-machine virt -cpu "max,pauth-impdef=on" -serial "file:$work/log"
        -chardev "null,id=none" -chardev "file,id=cases,path=$work/cases"
        -device "pci-serial-2x,chardev1=none,chardev2=cases")
      ;;
    *)
      console=ttyS0 qemu=qemu-system-x86_64
      options=(-cpu "max,la57=off" -serial "file:$work/log" -serial "file:$work/cases")
      ;;
  esac
  if [ -z "$accel" ]; then
    accel=tcg,thread=multi
    if [ -w /dev/kvm ]; then accel=$(cat "$cache/accel" || echo "$accel"); fi
  fi
  timeout -k 5 3600 "$cache/qemu/usr/bin/$qemu" -accel "$accel" "${options[@]}" \
    -m 1536 -smp 2 -display none -nodefaults -no-reboot \
    -kernel "$root/boot/vmlinuz-$kernel" -initrd "$root/boot/initrd.img-$kernel" \
    -append "root=/dev/vda rw console=$console ignore_loglevel panic=-1 \
no_timer_check watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=120 \
systemd.show_status=no systemd.default_timeout_start_sec=1800" \
    -drive "file=$work/disk,if=virtio,format=raw,cache=unsafe" </dev/null
}

report_boot() {
  cp "$work/log" "$TEST_UNDECLARED_OUTPUTS_DIR/kernel.log"
  local count failed
  count=$(grep -cE '^(not )?ok ' "$work/cases")
  failed=$(grep -c '^not ok ' "$work/cases")
  grep -v '^1\.\.' "$work/cases"
  ktap_count=$((ktap_count + count))
  ktap_failed=$((ktap_failed + failed))
}

all_cases_ran() {
  tail -n 30 "$work/log" >&2
  grep -qx "1\.\.$(grep -cE '^(not )?ok ' "$work/cases")" \
    <(tr -d '\r' <"$work/cases")
}

no_faults() { if find_faults "$work/log"; then return 1; fi; }

purges() {
  rm -f "$root/usr/local/sbin/make"
  mount -t proc proc "$root/proc"
  in_root dkms remove ksem-example/1 --all
  rm -r "$root/usr/src/ksem-example-1"
  in_root dpkg --purge ksem ksem-dkms libksem-dev
  names >"$work/after"
  # What prepare_boot() put there isn't ours.
  diff "$work/before" "$work/after" | grep '^[<>]' |
    grep -vE '/etc/(systemd/system/|fstab|passwd|shadow|subuid|subgid)|/home|mail' \
      >"$work/left" || true
  cat "$work/left"
  [ ! -s "$work/left" ]
}

all() {
  check "a system to install them in" unpacks
  check "apt installs them, and DKMS builds the module" installs
  check "programs build by pkg-config and by CMake" programs_build
  check "a module of others builds by DKMS" module_of_others
  check "an upgrade takes the old module's place, and keeps semaphores.conf" upgrades
  check "the module of others is built anew" is_rebuilt
  if [ "$more" ]; then
    check "it is made ready to install them while it runs" prepare_more
  fi
  rm -rf "$root/debs"
  check "it is made ready to boot" prepare_boot
  check "it boots, and powers off" boot
  report_boot
  check "all cases ran in it" all_cases_ran
  check "its kernel reports no fault" no_faults
  check "purge leaves nothing" purges
  finish
}

(all) | tee "$work/output"
status=${PIPESTATUS[0]}
if [ -n "${XML_OUTPUT_FILE:-}" ]; then
  awk -f tools/vm/ktap_to_xml.awk "$work/output" >"$XML_OUTPUT_FILE"
fi
exit "$status"
