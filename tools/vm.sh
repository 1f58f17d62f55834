#!/bin/bash
# SPDX-License-Identifier: MIT
# Boots a real kernel with ksem in QEMU and runs a command in it.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin

usage() {
  cat <<'END'
Usage: tools/vm.sh [OPTION…] [-- COMMAND…]
Boots a kernel with ksem loaded and configfs mounted, runs COMMAND in it as
root, and exits with its status. Without COMMAND you get a shell. From a terminal
COMMAND has the terminal; elsewhere its standard input is empty.

  --kernel NAME     a kernel that tools/setup.sh has fetched (default: 6.1),
                    or the path of such a folder
  --share DIR       DIR is /mnt in the machine, writable
  --cpus N          virtual CPUs (default: 2)
  --cpu MODEL       one of QEMU's (default: the newest)
  --timeout SECONDS give up then (default: 600, for a shell never)
  --module FILE     ksem.ko, loaded, or another module, put into /lib/ksem
  --program FILE    goes on PATH, with the libraries it needs
                    (neither given: ksem.ko, the command and the libraries of
                    "ksem exec" are built and used)
  --test-modules    build the modules in tests/module, too, and put them into
                    /lib/ksem
  --no-load         leave it to COMMAND to load /lib/ksem/ksem.ko
  --append WORDS    for the kernel's command line
  --icount          time counts instructions, on one CPU: for benchmarks
  --prompt          the thread of QEMU that the timers need is of real-time
                    priority, if this user may do that: for benchmarks
  --log FILE        keep the kernel's log
  --results FILE    keep what COMMAND leaves in /tmp/results

The user "user" (1000) is there for su. When COMMAND is done, its processes are
killed, semaphores removed and the modules unloaded; what stays is a fault.

Exit status: COMMAND's; 70 if the kernel reported a fault (its text goes to
standard error); 124 after the time limit; 125 if the machine did not work;
130 after Ctrl-C.

Environment:
  KSEM_CACHE     the cache (default: $XDG_CACHE_HOME/ksem or ~/.cache/ksem)
  KSEM_VM_ACCEL  QEMU's -accel (default: kvm if that boots, else tcg)
END
}

die() {
  echo "vm.sh: $*" >&2
  exit 125
}

top=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
cache=${KSEM_CACHE:-${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/ksem}
emulators=$cache/qemu/usr/bin

# shellcheck source=tools/vm/initrd.sh
. "$top/tools/vm/initrd.sh"
# shellcheck source=tools/vm/faults.sh
. "$top/tools/vm/faults.sh"

kernel=6.1 share='' cpus=2 limit='' load=1 cpu='' append='' icount=0 prompt=0 log=''
results='' test_modules=0
modules=() programs=() command=()

parse_options() {
  while [ $# -gt 0 ]; do
    case $1 in
      --help)
        usage
        exit 0
        ;;
      --no-load) load=0 ;;
      --test-modules) test_modules=1 ;;
      --icount) icount=1 cpus=1 ;;
      --prompt) prompt=1 ;;
      --)
        command=("${@:2}")
        return
        ;;
      --kernel | --share | --cpus | --cpu | --timeout | --module | --program | \
        --append | --log | --results)
        [ $# -ge 2 ] || die "$1 wants a value (see --help)"
        set_option "$1" "$2"
        shift
        ;;
      *) die "unknown option: $1 (see --help)" ;;
    esac
    shift
  done
}

set_option() {
  case $1 in
    --module | --program) [ -r "$2" ] || die "can't read $2" ;;
  esac
  case $1 in
    --kernel) kernel=$2 ;;
    --share) share=$(cd "$2" && pwd) || die "no folder $2" ;;
    --cpus) cpus=$2 ;;
    --cpu) cpu=$2 ;;
    --timeout) limit=$2 ;;
    --module) modules+=("$2") ;;
    --program) programs+=("$2") ;;
    --append) append=$2 ;;
    --log) log=$2 ;;
    --results) results=$2 ;;
  esac
}

# Builds the sources in the tree, as far as no file was given.
build_ours() {
  local targets=() config=() bin=$top/bazel-bin
  [ "$arch" = amd64 ] || config=(--config="$arch")
  if [ ${#modules[@]} -eq 0 ] && [ ${#programs[@]} -eq 0 ]; then
    targets=("//kernel:ksem-$kernel" //tools/ksem
      //fsclient/posix:libksem-posix.so //fsclient/sysv:libksem-sysv.so)
    modules=("$bin/kernel/$kernel/ksem.ko")
    programs=("$bin/tools/ksem/ksem" "$bin/fsclient/posix/libksem-posix.so"
      "$bin/fsclient/sysv/libksem-sysv.so")
  fi
  [ $test_modules = 0 ] || targets+=("//tests/module:modules-$kernel")
  [ ${#targets[@]} -gt 0 ] || return 0
  echo "vm.sh: building what isn't up to date" >&2
  (cd "$top" && bazel build --ui_event_filters=-info,-stdout \
    --noshow_loading_progress --show_progress_rate_limit=5 ${config[@]+"${config[@]}"} \
    "${targets[@]}") ||
    die "the build failed"
  [ $test_modules = 0 ] || modules+=("$bin/tests/module/$kernel/"*.ko)
}

# KVM can be there and still not boot: find out once.
choose_accel() {
  if [ -n "${KSEM_VM_ACCEL:-}" ]; then
    echo "$KSEM_VM_ACCEL"
    return
  fi
  if [ "$arch" != amd64 ] || [ ! -w /dev/kvm ]; then
    echo tcg,thread=multi
    return
  fi
  if [ ! -e "$cache/accel" ]; then
    echo "vm.sh: trying KVM" >&2
    if KSEM_VM_ACCEL=kvm timeout 180 "$0" --timeout 150 --no-load \
      --kernel "$kernel" --program "$(command -v true)" -- true \
      >/dev/null 2>&1 </dev/null; then
      echo kvm
    else
      echo tcg,thread=multi
    fi >"$work/accel"
    mkdir -p "$cache"
    mv "$work/accel" "$cache/accel"
  fi
  cat "$cache/accel"
}

# The first serial line has the kernel's log, the second is the command's
# terminal, the third takes its status, the fourth its results. On a busy machine
# a virtual CPU can stand still for longer than the kernel's watchdogs like, and
# than it takes to check at boot that the timer ticks. An interrupt while Linux
# 6.1 looks at its CPU has it forget five-level page tables for a moment, which
# KASAN reports. What looks for leaks reads all of the memory, and terminals that
# nobody uses are slow to make where the kernel checks itself.
boot() {
  local accel console qemu memory=2048 options=(-smp "$cpus") first=()
  [ "${dir##*/}" != debug ] || memory=768
  if [ $icount = 1 ]; then
    accel=tcg,thread=single
    options+=(-icount "shift=0,sleep=off")
  else
    accel=$(choose_accel)
  fi
  # The threads of the virtual CPUs aren't.
  if [ $prompt = 1 ] && chrt --reset-on-fork --fifo 1 true 2>/dev/null; then
    first=(chrt --reset-on-fork --fifo 1)
  fi
  [ -z "$share" ] || options+=(-virtfs
    "local,path=$share,mount_tag=share,security_model=none")
  options+=(-chardev "file,id=log,path=$work/log"
    -chardev "stdio,id=out,signal=$1" -chardev "file,id=status,path=$work/status"
    -chardev "file,id=results,path=$work/results")
  case $arch in
    arm64)
      # A line of its own for the log, as the others are there too late.
      options+=(-machine virt -cpu "${cpu:-max,pauth-impdef=on}" -serial chardev:log
        -chardev "null,id=none" -device
        "pci-serial-4x,chardev1=none,chardev2=out,chardev3=status,chardev4=results")
      console=ttyAMA0 qemu=$emulators/qemu-system-aarch64
      ;;
    *)
      options+=(-cpu "${cpu:-max,la57=off}" -serial chardev:log -serial chardev:out
        -serial chardev:status -serial chardev:results)
      console=ttyS0 qemu=$emulators/qemu-system-x86_64
      ;;
  esac
  exec timeout --foreground -k 5 "$limit" "${first[@]}" "$qemu" \
    -accel "$accel" -m "$memory" "${options[@]}" \
    -display none -nodefaults -no-reboot \
    -kernel "$dir/vmlinuz" -initrd "$work/initrd" \
    -append "console=$console ignore_loglevel printk.devkmsg=on panic=-1 \
oops=panic nokaslr no_timer_check watchdog_thresh=60 softlockup_panic=1 \
rcupdate.rcu_cpu_stall_timeout=120 sysctl.kernel.panic_on_rcu_stall=1 pty.legacy_count=0 \
$append"
}

# Ends a machine that hangs before /init, which shows in a log that doesn't grow:
# the self-test of RCU-tasks that Linux 6.1 makes if it is to prove RCU can lock
# itself up.
watch_boot() {
  local size=0 before=0 quiet=0
  while [ $quiet -lt 120 ]; do
    sleep 1
    ! came_to_init || return 0
    size=$(stat -c %s "$work/log" 2>/dev/null || echo 0)
    quiet=$((size == before ? quiet + 1 : 0))
    before=$size
  done
  kill "$1"
}

came_to_init() { grep -qs 'Run /init' "$work/log"; }

# Boots, and waits for the end. A machine that got stuck or died before anything
# of ours was in it boots anew.
run() {
  local attempt
  for attempt in 1 2 3 4 5; do
    rm -f "$work/log"
    : >"$work/status"
    # In the background, for a trap to be run when its signal comes.
    if [ $mode = terminal ]; then
      boot off <&0 &
    else
      boot on </dev/null &
    fi
    machine=$!
    watch_boot "$machine" >/dev/null 2>&1 </dev/null &
    watcher=$!
    ended=0
    wait "$machine" || ended=$?
    kill "$watcher" 2>/dev/null || true
    machine=
    watcher=
    # Whatever kept QEMU from working, or the time limit, is not the kernel's.
    if [ "$ended" != 0 ] || came_to_init; then return; fi
    echo "vm.sh: boot $attempt failed" >&2
  done
}

# The status of the machine's end, and what is wrong with it.
judge() {
  local ended=$1 status
  if find_faults "$work/log" >"$work/faults"; then
    echo "vm.sh: the kernel reported a fault:" >&2
    cat "$work/faults" >&2
    return 70
  fi
  status=$(tr -cd 0-9 <"$work/status")
  if [ -z "$status" ]; then
    tail -n 30 "$work/log" >&2
    if [ "$ended" = 124 ]; then
      echo "vm.sh: time limit of $limit s" >&2
      return 124
    fi
    die "the machine ended without a status"
  fi
  # A log that stops early would hide a fault.
  grep -q 'vm: done' "$work/log" || die "the kernel's log is not complete"
  return "$status"
}

parse_options "$@"
case $kernel in
  */*) dir=$kernel ;;
  *) dir=$cache/kernels/$kernel ;;
esac
[ -e "$dir/vmlinuz" ] || die "no kernel '$kernel'; run: tools/setup.sh $kernel"
[ -e "$emulators" ] || die "no QEMU; run: tools/setup.sh $kernel"
arch=amd64
[ ! -e "$dir/machine" ] || arch=$(cat "$dir/machine")

mode="batch"
if [ -t 0 ] && [ -t 1 ]; then mode=terminal; fi
if [ ${#command[@]} -eq 0 ]; then
  [ $mode = terminal ] || die "no COMMAND, and this is no terminal"
  command=(sh)
  : "${limit:=0}"
fi
: "${limit:=600}"

work=$(mktemp -d)
machine=
watcher=
ended=0
clean_up() {
  # shellcheck disable=SC2086  # one, two or none
  kill $machine $watcher 2>/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

build_ours
make_initrd "$work/initrd"

run
[ -z "$log" ] || cp "$work/log" "$log"
if [ -n "$results" ]; then cp "$work/results" "$results"; fi
judge "$ended"
