#!/bin/sh
# SPDX-License-Identifier: MIT
# What is said when it can't work, and that doing as told helps.
# shellcheck source=tools/ksem/tests/expect.sh
. expect.sh

as_user() {
  su user -c "$*"
}

nothing_there() {
  umount /sys/kernel/config
  for verb in ls "show a" "create a" "rm a" "wait a" "try a" "post a" watch; do
    # shellcheck disable=SC2086
    says "the ksem module is not loaded" ksem $verb
    has "$err" "modprobe ksem"
    has "$err" "mount -t configfs none /sys/kernel/config"
  done
  says "the ksem module is not loaded" ksem rm -f a
  exits 125 ksem run a -- true
  has "$err" "modprobe ksem"
}

not_mounted() {
  insmod /lib/ksem/ksem.ko
  says "configfs is not mounted" ksem ls
  lacks "$err" modprobe
  sed -n 's/^  mount/mount/p' "$err" >/tmp/typed
  sh /tmp/typed
  ksem ls
}

elsewhere() {
  export KSEM_ROOT=/nowhere
  says "no directory /nowhere, which KSEM_ROOT names" ksem ls
}

may_look() {
  anew a --value 1
  as_user ksem ls -l
  as_user ksem show a
}

may_not_use() {
  for verb in "create b" "rm a" "set a --value 3" "wait a" "try a" "post a"; do
    says "permission denied; type: sudo ksem ${verb%% *}" as_user "ksem $verb"
  done
  exits 125 as_user ksem run a -- true
  has "$err" "permission denied; type: sudo ksem run"
  is "$root/a/value" 1
}

# There is no device yet that root could open to the user.
may_not_make() {
  exits 125 as_user ksem run --create 1 newone -- true
  has "$err" "ksem run: newone: permission denied; type: sudo ksem run"
  has "$err" "chgrp user $root && chmod 1775 $root"
  lacks "$err" /dev/ksem
}

no_device() {
  mv /dev/ksem/a /dev/elsewhere
  says "permission denied; type: sudo ksem wait" as_user ksem wait a
  lacks "$err" chgrp
  mv /dev/elsewhere /dev/ksem/a
}

# What root could open then would be no help.
out_of_sight() {
  chmod 700 /sys/kernel/config
  for verb in "try a" "wait a" "show a"; do
    says "permission denied; type: sudo ksem ${verb% *}" as_user "ksem $verb"
    lacks "$err" chgrp
  done
  chmod 755 /sys/kernel/config
}

may_after_chgrp() {
  says "chgrp user /dev/ksem/a && chmod g+rw /dev/ksem/a" as_user ksem try a
  sed -n 's/.*\(chgrp.*\)/\1/p' "$err" >/tmp/typed
  sh /tmp/typed
  as_user ksem try a
  as_user ksem post a
  as_user ksem run a -- true
  is "$root/a/value" 1
  anew "odd name" --value 1
  exits 2 as_user "ksem try 'odd name'"
  sed -n 's/.*\(chgrp.*\)/\1/p' "$err" >/tmp/typed
  sh /tmp/typed
  as_user "ksem try 'odd name'"
}

may_set_after_chown() {
  says "chown 1000 /dev/ksem/a" as_user ksem set a --value 3
  sed -n 's/.*\(chown.*\)/\1/p' "$err" >/tmp/typed
  sh /tmp/typed
  as_user ksem set a --value 3
  is "$root/a/value" 3
}

may_make_after_chgrp() {
  says "chgrp user $root && chmod 1775 $root" as_user ksem create b
  sed -n 's/.*\(chgrp.*\)/\1/p' "$err" >/tmp/typed
  sh /tmp/typed
  as_user ksem create b
  as_user ksem rm b
  ksem create roots
  says "permission denied" as_user ksem rm roots
  ksem rm roots
  chgrp root "$root"
  chmod 755 "$root"
}

check "no module, no configfs" nothing_there
check "configfs is not mounted" not_mounted
check "KSEM_ROOT leads nowhere" elsewhere
check "anybody may look" may_look
check "only root may use it" may_not_use
check "only root may make it" may_not_make
check "one without a device" no_device
check "a directory that may not be searched" out_of_sight
check "as the message says, root lets others" may_after_chgrp
check "set, as the message says" may_set_after_chown
check "create, as the message says" may_make_after_chgrp
finish
