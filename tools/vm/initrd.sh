# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The initramfs of tools/vm.sh: busybox, our init, modules and programs.

# shellcheck disable=SC2154  # vm.sh's variables
make_initrd() {
  local root=$work/root file busybox=$dir/busybox
  [ -e "$busybox" ] || busybox=$(command -v busybox)
  mkdir -p "$root"/{bin,dev,etc,lib/ksem,lib/kernel,mnt,proc,root,sys,tmp}
  cp "$busybox" "$root/bin/busybox"
  cp "$top/tools/vm/init" "$root/init"
  chmod +x "$root/init"
  printf '%s\n' root:x:0:0::/root:/bin/sh user:x:1000:1000::/tmp:/bin/sh \
    >"$root/etc/passwd"
  printf '%s\n' root:x:0: user:x:1000: >"$root/etc/group"

  : >"$root/lib/kernel/order"
  add_kernel_module configfs
  if [ -n "$share" ]; then
    for file in virtio_pci 9pnet_virtio 9p; do add_kernel_module $file; done
  fi
  for file in ${modules[@]+"${modules[@]}"}; do
    cp -L "$file" "$root/lib/ksem/"
  done
  for file in ${programs[@]+"${programs[@]}"}; do add_program "$file"; done

  settings >"$root/etc/vm"
  command_line >"$root/etc/command"
  (cd "$root" && find . | cpio --quiet -o -H newc -R 0:0) >"$1"
}

# A module of the kernel and those it needs, in the order to load them. What
# the kernel has built in has no file.
add_kernel_module() {
  local file need
  file=$(find "$dir/modules/" -name "${1//[-_]/[-_]}.ko*" -print -quit)
  if [ -z "$file" ] || grep -qx "$1" "$root/lib/kernel/order"; then
    return 0
  fi
  for need in $(modinfo -F depends "$file" | tr , ' '); do
    add_kernel_module "$need"
  done
  case $file in
    *.xz) xz -dc "$file" >"$root/lib/kernel/$1.ko" ;;
    *) cp "$file" "$root/lib/kernel/$1.ko" ;;
  esac
  echo "$1" >>"$root/lib/kernel/order"
}

add_program() {
  local library
  cp -L "$1" "$root/bin/"
  case $(readelf -h "$1" 2>/dev/null || true) in
    *AArch64*) add_foreign_libraries "$1" /usr/aarch64-linux-gnu/lib ;;
    *80386*) add_foreign_libraries "$1" /usr/i686-linux-gnu/lib ;;
    *"Machine: "*" ARM"*) add_foreign_libraries "$1" /usr/arm-linux-gnueabihf/lib ;;
    *)
      for library in $(ldd "$1" 2>/dev/null | grep -o '/[^ ]*' || true); do
        mkdir -p "$root/${library%/*}"
        cp -Ln "$library" "$root/$library"
      done
      ;;
  esac
}

# add_foreign_libraries FILE DIR: what a program for another machine needs, of the
# libraries to link it with; there is nothing to run it with that could tell.
add_foreign_libraries() {
  local name file
  for name in $(readelf -Wld "$1" 2>/dev/null | sed -nE \
    's/.*\(NEEDED\).*\[(.*)\]/\1/p; s/.*interpreter: .*\/(.*)\]/\1/p'); do
    file=$2/$name
    if [ -e "$root/lib/$name" ] || [ ! -e "$file" ]; then continue; fi
    cp -L "$file" "$root/lib/"
    add_foreign_libraries "$file" "$2"
  done
}

settings() {
  echo "load=$load mode=$mode share=${share:+1}"
  echo "TERM=${TERM:-linux}"
  if [ "$mode" = terminal ]; then
    stty size | {
      read -r rows columns
      echo "size='rows $rows cols $columns'"
    }
  fi
}

command_line() {
  local word
  if [ "$mode" = terminal ]; then
    echo 'exec </dev/tty'
  else
    echo 'exec </dev/null'
  fi
  for word in "${command[@]}"; do
    printf "'%s' " "${word//\'/\'\\\'\'}"
  done
  echo
}
