#!/bin/bash
# SPDX-License-Identifier: MIT
# Sets a Debian 12 machine up for ksem: packages, and the kernels to test with.
set -euo pipefail
export LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin

usage() {
  cat <<'EOF'
Usage: tools/setup.sh [KERNEL|SYSTEM|source...]

Installs the Debian packages that ksem is built and tested with, and puts QEMU and
the named kernels and systems (default: 6.1) into the cache.  What is there already
is kept.

Kernels:
  6.1      Debian 12's kernel, matching its linux-headers-amd64
  6.12     the one in Debian 12's backports
  6.12-rt  the same with PREEMPT_RT
  7        the newest Linux 7 in Debian 13's backports, built from source
  debug    Linux 6.1 with lockdep, KASAN, kmemleak and fault injection, built
           from source
  kcsan    Linux 6.1 with the data race detector, built from source
  lockdep  the newest Linux 7 with lockdep, which from there on also knows which
           locks sleep under PREEMPT_RT, built from source
  rt-trace Linux 6.12 with PREEMPT_RT and the tracers of stretches with
           interrupts or preemption off, built from source
  arm64    Debian 12's kernel for arm64, which QEMU emulates
  arm64-rt the same with PREEMPT_RT

A kernel is a directory in the cache:
  vmlinuz   the image to boot
  modules/  its modules, with modules.dep (empty if all is built in)
  build     for make -C CACHE/kernels/NAME/build M=...
  version   what uname -r says in it
  machine   Debian's name of the machine it is for, if that isn't amd64; what
            its virtual machine and its programs take that is not in Debian's
            packages for cross-compiling is in busybox and lib/

source: the source that kernel 7 is built from, in a git repository, and what
tools/upstream.sh wants besides.

Systems, to install the packages in and to boot:
  debian12, debian13
  debian13-rt     with PREEMPT_RT
  debian12-arm64  on arm64, with PREEMPT_RT
  debian13-arm64  on arm64

Only the packages and the systems need root: without it, sudo is used for apt-get
and mmdebstrap.

Environment:
  KSEM_CACHE  the cache (default: $XDG_CACHE_HOME/ksem or ~/.cache/ksem)
EOF
}

packages=(
  bazel-bootstrap libcli11-dev googletest libbenchmark-dev
  qemu-system-x86 busybox-static cpio kmod strace jq
  linux-headers-amd64 sparse shellcheck zsh fish bash-completion clang clang-format clang-tidy-19
  spin tcc relacy-dev liburing-dev libasio-dev etcd-server etcd-client apache2-bin
  fastdds-tools fakeroot
  stress-ng rt-tests libipc-sharelite-perl
  gcc g++ make bc bison flex libelf-dev libssl-dev xz-utils rsync
  dpkg-dev ca-certificates debian-archive-keyring perl python3 git libcap2-bin
  debhelper dh-dkms lintian rpm mmdebstrap e2fsprogs
  crossbuild-essential-arm64 qemu-system-arm g++-i686-linux-gnu g++-arm-linux-gnueabihf
)

# For tools/upstream.sh.
source_packages=(
  unifdef python3-sphinx python3-ply python3-git
)

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
fragments=$here/kernels
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
cache=${KSEM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ksem}
temp=

say() { printf 'setup: %s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

# Runs a command whose output matters only when it fails.
quietly() {
  local log
  log=$(mktemp "$temp/log.XXXXXX")
  if ! "$@" >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    say "failed: $*"
    return 1
  fi
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "this needs root: $*"
  fi
}

apt_root() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
    -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 "$@" >&2
}

is_installed() {
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# install_packages PACKAGE...
install_packages() {
  local package missing=()
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  [ "${#missing[@]}" -gt 0 ] || return 0
  say "installing ${missing[*]}"
  apt_root update
  apt_root install --no-install-recommends "${missing[@]}"
}

# Prints the address of the archive this machine gets Debian from, as apt
# understands its own configuration, in whatever style that is written.
debian_archive() {
  local codename
  # shellcheck source=/dev/null
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  # shellcheck disable=SC2016  # apt's own variables
  apt-get indextargets --format '$(ORIGIN)|$(CODENAME)|$(REPO_URI)' \
    'Created-By: Packages' |
    awk -F'|' -v codename="$codename" \
      '$1 == "Debian" && $2 == codename { print $3; exit }'
}

# The line of a sources.list for a suite, which the machine's apt need not know.
source_of() {
  local archive
  archive=$(debian_archive)
  if [ -z "$archive" ]; then
    apt_root update # The machine's lists were never fetched.
    archive=$(debian_archive)
  fi
  [ -n "$archive" ] || die "apt on this machine has no Debian archive"
  echo "deb [signed-by=$keyring] $archive $1 main"
}

# use_suite SUITE [MACHINE]: gives this script an apt of its own, with one suite:
# its lists are in $temp/SUITE-MACHINE, and nothing gets installed.
apt_suite=
apt_machine=
use_suite() {
  local suite=$1 dir source
  apt_machine=${2:-amd64}
  apt_suite=$suite-$apt_machine
  dir=$temp/$apt_suite
  [ ! -d "$dir" ] || return 0
  source=$(source_of "$suite")
  mkdir -p "$dir/lists/partial" "$dir/archives/partial"
  : >"$dir/status"
  echo "$source" >"$dir/sources.list"
  say "reading the package lists of $suite for $apt_machine"
  quietly own_apt apt-get update
}

own_apt() {
  local program=$1 dir=$temp/$apt_suite
  shift
  "$program" -q -o Dir::Etc::sourcelist="$dir/sources.list" \
    -o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists="$dir/lists" \
    -o Dir::State::status="$dir/status" -o Dir::Cache="$dir" \
    -o APT::Architecture="$apt_machine" \
    -o APT::Sandbox::User=root -o Acquire::Retries=3 \
    -o APT::Update::Error-Mode=any -o APT::Get::List-Cleanup=false "$@"
}

# newest_package REGEX: the newest package of the suite with such a name.
newest_package() {
  own_apt apt-cache pkgnames | grep -Ex "$1" | sort -V | tail -n 1
}

# unpack DIR PACKAGE...: downloads from the suite and unpacks into DIR.
unpack() {
  local dir=$1 files
  shift
  say "downloading $*"
  files=$(mktemp -d "$temp/debs.XXXXXX")
  (cd "$files" && quietly own_apt apt-get download "$@")
  unpack_files "$dir" "$files"
}

unpack_files() {
  local dir=$1 file
  mkdir -p "$dir"
  for file in "$2"/*.deb; do
    dpkg -x "$file" "$dir"
  done
  rm -r "$2"
}

# take_image ROOT RELEASE NEW: image and modules from an unpacked package.
take_image() {
  local root=$1 release=$2 new=$3
  mkdir -p "$new"
  quietly depmod -b "$root" "$release"
  mv "$root/boot/vmlinuz-$release" "$new/vmlinuz"
  mv "$root/lib/modules/$release" "$new/modules"
  rm -f "$new/modules/build" "$new/modules/source"
  echo "$release" >"$new/version"
}

# place NAME NEW: makes a finished directory the kernel of that name.
place() {
  local name=$1 new=$2
  local final=$cache/kernels/$name
  if [ -e "$final" ]; then
    mv "$final" "$temp/old-$name"
  fi
  mv "$new" "$final"
  say "kernel $name is $(cat "$final/version")"
}

# A kernel that is there, whose build tree is too, and that was made from what
# it would be made from now ($2: a package version or a checksum).
is_complete() {
  local dir=$cache/kernels/$1
  [ -f "$dir/vmlinuz" ] && [ -e "$dir/build/Module.symvers" ] &&
    [ -d "$dir/modules" ] && [ -f "$dir/version" ] &&
    [ "$(cat "$dir/made-from" 2>/dev/null)" = "$2" ]
}

# Until version 8.1, a processor that QEMU emulates can go on for ever with code that
# another one has overwritten, as Linux does with its own.
emulators() {
  local new=$temp/qemu final=$cache/qemu sum
  sum=$(declare -f emulators | sha256sum)
  [ "$(cat "$final/made-from" 2>/dev/null)" != "$sum" ] || return 0
  use_suite bookworm-backports
  unpack "$new" qemu-system-x86 qemu-system-arm qemu-system-common \
    qemu-system-data seabios
  echo "$sum" >"$new/made-from"
  rm -rf "$final"
  mv "$new" "$final"
}

# Prints "release version" of the newest 6.1 headers installed.
installed_headers() {
  # shellcheck disable=SC2016  # dpkg-query's own variables
  dpkg-query -W -f='${Package} ${Version} ${db:Status-Status}\n' \
    'linux-headers-6.1.*-amd64' 2>/dev/null |
    awk '$3 == "installed" && $1 !~ /-(rt|cloud)-amd64$/ {
           sub(/^linux-headers-/, "", $1); print $1, $2 }' |
    sort -V | tail -n 1
}

download_image() {
  local dir=$1 release=$2 version=$3 package
  # The signed image is a package of its own, and can come later.
  for package in "linux-image-$release" "linux-image-$release-unsigned"; do
    if (cd "$dir" && apt-get -q -o APT::Sandbox::User=root \
      -o Acquire::Retries=3 download "$package=$version" >&2); then
      return 0
    fi
  done
  return 1
}

kernel_6_1() {
  local headers release version debs root=$temp/6.1-root new=$temp/6.1
  headers=$(installed_headers) || true
  if [ -n "$headers" ]; then
    read -r release version <<<"$headers"
    ! is_complete 6.1 "$version" || return 0
  fi
  debs=$(mktemp -d "$temp/debs.XXXXXX")
  if [ -z "$headers" ] || ! download_image "$debs" "$release" "$version"; then
    # Archives keep only the newest kernels: bring the headers up to date.
    apt_root update
    apt_root install --no-install-recommends linux-headers-amd64
    headers=$(installed_headers) || true
    [ -n "$headers" ] || die "linux-headers-amd64 is not of Linux 6.1"
    read -r release version <<<"$headers"
    download_image "$debs" "$release" "$version" ||
      die "found no kernel image for linux-headers-$release $version"
  fi
  unpack_files "$root" "$debs"
  take_image "$root" "$release" "$new"
  ln -s "/usr/src/linux-headers-$release" "$new/build"
  echo "$version" >"$new/made-from"
  place 6.1 "$new"
}

# from_packages NAME SUITE REGEX-OF-HEADERS [MACHINE]
from_packages() {
  local name=$1 suite=$2 regex=$3 machine=${4:-amd64} new=$temp/$1
  local headers release common kbuild
  ! is_complete "$name" "${suite#bookworm-}" || return 0
  use_suite "$suite" "$machine"
  headers=$(newest_package "linux-headers-$regex")
  [ -n "$headers" ] || die "$suite has no package like linux-headers-$regex"
  release=${headers#linux-headers-}
  common=$(depends_on "$headers" 'linux-headers-.*-common(-rt)?')
  kbuild=$(depends_on "$headers" 'linux-kbuild-.*')
  unpack "$temp/$name-root" "linux-image-$release"
  take_image "$temp/$name-root" "$release" "$new"

  # The headers' links among each other are relative, so the packages work in
  # any directory once the one absolute path is put right.
  if [ "$machine" = amd64 ]; then
    unpack "$new/headers" "$headers" "$common" "$kbuild"
  else
    unpack "$new/headers" "$headers" "$common"
    take_foreign "$machine" "$kbuild" "$new"
  fi
  rm -r "$new/headers/lib" "$new/headers/usr/share"
  ln -s "headers/usr/src/$headers" "$new/build"
  sed -i "s|/usr/src/|$cache/kernels/$name/headers/usr/src/|" \
    "$new/build/Makefile"
  echo "${suite#bookworm-}" >"$new/made-from"
  place "$name" "$new"
}

# take_foreign MACHINE KBUILD NEW: this machine's tools to build modules with, which
# serve any, and what the packages for cross-compiling don't have.
take_foreign() {
  local root=$temp/$1-root new=$3
  [ -d "/usr/lib/$2" ] || die "linux-headers-amd64 hasn't brought $2"
  mkdir -p "$new/headers/usr/lib" "$new/lib"
  ln -s "/usr/lib/$2" "$new/headers/usr/lib/$2"
  unpack "$root" busybox-static liburing-dev
  cp "$root/bin/busybox" "$new/busybox"
  cp "$root"/usr/lib/*/liburing.a "$new/lib"
  rm -r "$root"
  echo "$1" >"$new/machine"
}

depends_on() {
  own_apt apt-cache depends --important "$1" |
    awk '$1 == "Depends:" { print $2 }' | grep -Ex "$2" | head -n 1
}

# unpack_source TREE SUITE PACKAGE-REGEX
unpack_source() {
  local tree=$1 package unpacked
  use_suite "$2"
  package=$(newest_package "$3")
  [ -n "$package" ] || die "$2 has no package like $3"
  unpacked=$(mktemp -d "$temp/source.XXXXXX")
  unpack "$unpacked" "$package"
  mkdir -p "$tree"
  tar -xf "$(echo "$unpacked/usr/src/$package".tar.*)" -C "$tree" \
    --strip-components=1
  rm -r "$unpacked"
}

newest_7='linux-source-7[.][0-9]+'

# What is committed is that of the archive, also what it says to ignore.
kernel_source() {
  local new=$temp/source-tree final=$cache/source/linux
  install_packages "${source_packages[@]}"
  [ ! -e "$final/.git" ] || return 0
  unpack_source "$new" trixie-backports "$newest_7"
  git -C "$new" init -q
  git -C "$new" add -A -f
  git -C "$new" -c user.name=ksem -c user.email=ksem@ksem.example -c gc.auto=0 \
    commit -q -m "Linux $(make -s -C "$new" kernelversion)"
  mkdir -p "$cache/source"
  rm -rf "$final"
  mv "$new" "$final"
}

# from_source NAME SUITE PACKAGE-REGEX FRAGMENT...: MAKE_OPTIONS are make's.
from_source() {
  local name=$1 suite=$2 regex=$3 sum new=$temp/$1
  local tree=$new/build config=()
  shift 3
  config=("${@/#/$fragments/}")
  sum=$(cat "${config[@]}" | sha256sum | cut -d' ' -f1)
  ! is_complete "$name" "$sum" || return 0
  mkdir -p "$new/modules"
  unpack_source "$tree" "$suite" "$regex"

  say "building kernel $name: this takes some minutes"
  configure "$tree" "${config[@]}"
  # shellcheck disable=SC2086  # several words, or none
  quietly nice -n 10 make -C "$tree" -j"$(nproc)" ${MAKE_OPTIONS:-} \
    bzImage modules
  finish_tree "$new"
  echo "$sum" >"$new/made-from"
  place "$name" "$new"
}

configure() {
  local tree=$1 option
  shift
  quietly make -C "$tree" tinyconfig
  cat "$@" >>"$tree/.config"
  quietly make -C "$tree" olddefconfig
  # An option whose needs are missing drops out without a word. A later fragment
  # can turn one off.
  while read -r option; do
    grep -Fqx "$option" "$tree/.config" ||
      die "the kernel's configuration does not take $option"
  done < <(awk '/^# CONFIG_.* is not set$/ { delete line[$2] }
    /^CONFIG_/ { name = $0; sub(/=.*/, "", name); line[name] = $0 }
    END { for (name in line) print line[name] }' "$@")
}

# Takes from a built tree what the layout wants, and out of it what building
# modules does not.
finish_tree() {
  local new=$1
  local tree=$new/build
  cp "$tree/arch/x86/boot/bzImage" "$new/vmlinuz"
  cp "$tree/include/config/kernel.release" "$new/version"
  (
    cd "$tree"
    rm -rf Documentation samples LICENSES rust
    find . -type f ! -path './include/*' ! -path './scripts/*' \
      ! -name '*.h' ! -name 'Makefile*' ! -name 'Kbuild*' ! -name 'Kconfig*' \
      ! -name '*.lds' ! -name .config ! -name Module.symvers \
      ! -name System.map ! -path ./tools/objtool/objtool -delete
    find . -type d -empty -delete
  )
}

# Races in the rest of the kernel are not ours to report; but its locks have to
# tell the detector that they order what we do.
kcsan_options() {
  local object
  printf 'KCSAN_SANITIZE=n'
  for object in spinlock spinlock_debug qspinlock mutex rwsem irq_work \
    workqueue; do
    printf ' KCSAN_INSTRUMENT_BARRIERS_%s.o=y' "$object"
  done
}

# What the packages of ksem need, so that they are installed without a network, and
# what programs and modules are built against them with.
system_packages=(
  systemd-sysv udev kmod dkms initramfs-tools zstd g++ pkgconf cmake
)

# run_foreign MACHINE PROCESSOR: from now on its programs run here, by QEMU. Where
# systemd has booted, the package has seen to that.
run_foreign() {
  local registered=/proc/sys/fs/binfmt_misc
  install_packages qemu-user-static arch-test
  ! arch-test "$1" >/dev/null || return 0
  [ -e "$registered/register" ] ||
    as_root mount -t binfmt_misc binfmt_misc "$registered"
  as_root tee "$registered/register" <"/usr/lib/binfmt.d/qemu-$2.conf" >/dev/null
  arch-test "$1" >/dev/null || die "this machine can't run programs of $1"
}

# system NAME SUITE [KERNEL [MACHINE]]: the root of its file system is base.tar. Its
# initramfs has what QEMU's disk takes, and no more.
system() {
  local name=$1 suite=$2 kernel=${3:-amd64} machine=${4:-amd64}
  local new=$temp/$1 final=$cache/systems/$1 sum source include
  include=$(IFS=, && echo "${system_packages[*]}")
  include+=,linux-image-$kernel,linux-headers-$kernel
  sum=$(declare -f system | cat - <(echo "$include") | sha256sum)
  sum=${sum%% *}
  [ "$(cat "$final/made-from" 2>/dev/null)" != "$sum" ] || return 0
  source=$(source_of "$suite")
  mkdir -p "$new" "$cache/systems"
  say "installing $name: this takes some minutes"
  # shellcheck disable=SC2016  # mmdebstrap's own variable
  quietly as_root nice -n 10 mmdebstrap --mode=root --variant=minbase \
    --architectures="$machine" --include="$include" --dpkgopt=force-unsafe-io \
    --essential-hook='cd "$1" && mkdir -p etc/initramfs-tools/conf.d \
      usr/share/initramfs-tools/modules.d && \
      echo MODULES=list >etc/initramfs-tools/conf.d/modules && \
      printf "virtio_pci\nvirtio_blk\next4\n" \
        >usr/share/initramfs-tools/modules.d/disk' \
    "$suite" "$new/base.tar" "$source"
  echo "$sum" >"$new/made-from"
  rm -rf "$final"
  mv "$new" "$final"
}

prepare() {
  case $1 in
    debian12) system debian12 bookworm ;;
    debian12-arm64)
      run_foreign arm64 aarch64
      system debian12-arm64 bookworm rt-arm64 arm64
      ;;
    debian13) system debian13 trixie ;;
    debian13-rt) system debian13-rt trixie rt-amd64 ;;
    debian13-arm64)
      run_foreign arm64 aarch64
      system debian13-arm64 trixie arm64 arm64
      ;;
    qemu) emulators ;;
    6.1) kernel_6_1 ;;
    6.12) from_packages 6.12 bookworm-backports '6[.]12[.][0-9]+[+]deb12-amd64' ;;
    6.12-rt)
      from_packages 6.12-rt bookworm-backports '6[.]12[.][0-9]+[+]deb12-rt-amd64'
      ;;
    arm64) from_packages arm64 bookworm '6[.]1[.]0-[0-9]+-arm64' arm64 ;;
    arm64-rt) from_packages arm64-rt bookworm '6[.]1[.]0-[0-9]+-rt-arm64' arm64 ;;
    7)
      from_source 7 trixie-backports "$newest_7" tiny.config 7.config
      ;;
    source) kernel_source ;;
    debug)
      from_source debug bookworm 'linux-source-6[.]1' \
        tiny.config 6.1.config debug.config
      ;;
    kcsan)
      MAKE_OPTIONS=$(kcsan_options) from_source kcsan bookworm \
        'linux-source-6[.]1' tiny.config 6.1.config kcsan.config
      ;;
    lockdep)
      from_source lockdep trixie-backports "$newest_7" \
        tiny.config 7.config lockdep.config
      ;;
    rt-trace)
      from_source rt-trace bookworm-backports 'linux-source-6[.]12' \
        tiny.config 6.1.config rt-trace.config
      ;;
  esac
}

# Makes Bazel look again when there are other kernels or checkers.
tell_bazel() {
  local kernels
  kernels=$({
    cd "$cache" && find kernels systems -name made-from -exec sha256sum {} +
    dpkg-query -W "${packages[@]}" 'clang*'
  } | sha256sum)
  echo "common --repo_env=KSEM_KERNELS=${kernels%% *}" \
    >"$here/../.kernels.bazelrc"
}

main() {
  local name kernels=("$@")
  for name in "$@"; do
    case $name in
      -h | --help)
        usage
        return
        ;;
      6.1 | 6.12 | 6.12-rt | 7 | debug | kcsan | lockdep | rt-trace | source) ;;
      arm64 | arm64-rt) ;;
      debian12 | debian12-arm64 | debian13 | debian13-rt | debian13-arm64) ;;
      *) die "no such kernel or system: $name (see --help)" ;;
    esac
  done
  [ "${#kernels[@]}" -gt 0 ] || kernels=(6.1)
  [ "$(dpkg --print-architecture 2>/dev/null)" = amd64 ] ||
    die "this needs Debian on amd64"

  mkdir -p "$cache/kernels" "$cache/systems"
  cache=$(cd "$cache" && pwd)
  temp=$(mktemp -d "$cache/setup.XXXXXX")
  trap 'rm -rf "$temp"' EXIT
  install_packages "${packages[@]}"
  for name in qemu "${kernels[@]}"; do
    # Another process that wants this one waits, and finds it made.
    exec 9>"$cache/kernels/.$name.lock"
    flock 9
    prepare "$name"
    exec 9>&-
  done
  tell_bazel
}

main "$@"
