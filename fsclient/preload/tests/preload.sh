# shellcheck shell=dash
# SPDX-License-Identifier: MIT
# For shell tests of libraries that are preloaded, after ktap.sh and before
# LD_PRELOAD is set.

cd /sys/kernel/config/ksem || exit
# Where the kernel takes part.
# shellcheck disable=SC2034  # for the scripts that include this
kernel=/sys/kernel/config/ksem_test
insmod /lib/ksem/ksem_test.ko

# says TEXT COMMAND…: COMMAND succeeds and prints TEXT.
says() {
  said_wanted=$1
  shift
  said=$("$@" 2>&1) || {
    echo "$*: status $?: $said"
    return 1
  }
  if [ "$said" != "$said_wanted" ]; then
    echo "$*: '$said', not '$said_wanted'"
    return 1
  fi
}

# without_nodes COMMAND…: where /dev/ksem has but the node that semaphores are made by.
without_nodes() {
  node=$(stat -c '0x%t 0x%T' /dev/ksem/.control)
  mkdir -p /tmp/nodes
  [ -e /tmp/nodes/.control ] ||
    mknod /tmp/nodes/.control c $((${node% *})) $((${node#* }))
  # shellcheck disable=SC2016  # for the inner shell
  unshare -m sh -c 'mount -o bind /tmp/nodes /dev/ksem && exec "$@"' - "$@"
}

stopped() {
  grep -q 'State:.T' "/proc/$1/status"
}

# enter USER: an entry of ours in /tmp/book, while that user in the kernel has the
# lock for us.
enter() {
  echo 1 >"$1/wait"
  read -r total </tmp/book
  sleep 0.01
  echo $((total + 1)) >/tmp/book
  echo 1 >"$1/post"
}
