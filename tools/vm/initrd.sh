# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The initramfs of tools/vm.sh: busybox, our init, modules and programs.

# shellcheck disable=SC2154  # vm.sh's variables
make_initrd() {
  local root=$work/root file
  mkdir -p "$root"/{bin,dev,etc,lib/ksem,lib/kernel,mnt,proc,root,sys,tmp}
  cp "$(command -v busybox)" "$root/bin/busybox"
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
  for library in $(ldd "$1" 2>/dev/null | grep -o '/[^ ]*' || true); do
    mkdir -p "$root/${library%/*}"
    cp -Ln "$library" "$root/$library"
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
