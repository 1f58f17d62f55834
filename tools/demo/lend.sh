#!/bin/bash
# SPDX-License-Identifier: MIT
# Lends this machine units of a semaphore that a cluster has in common:
#
#   lend.sh NAME MOST ALL
#
# The cluster has ALL units: the locks ksem/NAME/1 to ksem/NAME/ALL in etcd. This
# machine gets MOST of them at most. Each that etcd grants is one unit of the
# machine's own semaphore NAME, for all that use ksem here: scripts, programs,
# modules.
#
# If etcd takes one back, because the machine has lost touch with it for longer
# than TTL seconds, others may have that unit already. So all that hold units here
# are ended, those that wait get EIDRM, and this ends with status 1. A service
# manager starts it anew.
set -u
name=$1 most=$2 all=$3
ttl=${TTL:-10}
declare -A lock=() # by number: the process that has it in etcd, or waits for it
declare -A mine=() # by number: lent

say() { echo "lend: $name: $*" >&2; }

# Waits for a unit of the cluster. What happens to it is a line in file 3.
ask() {
  etcdctl lock --ttl "$ttl" "ksem/$name/$1" > >(
    read -r _ && echo "granted $1" >&3
    cat >/dev/null # until etcdctl ends
    echo "lost $1" >&3
  ) &
  lock[$1]=$!
}

let_go() {
  kill -INT "${lock[$1]}" 2>/dev/null
  unset "lock[$1]"
}

holders() {
  ksem who --json "$name" |
    jq -r '.[0].handles[] | select(.undo > 0).processes[].pid'
}

# First nobody has a unit any more, then etcd gets the locks back.
stop() {
  ksem set --shutdown "$name"
  while [ -n "$(holders)" ]; do
    holders | xargs kill 2>/dev/null
    sleep 0.1
  done
  for unit in "${!lock[@]}"; do let_go "$unit"; done
  ksem rm "$name"
}

# With "undo", a unit that a program took comes back when that dies.
ksem create --value 0 --max "$most" --undo 1 "$name" || exit
events=$(mktemp -u)
mkfifo "$events"
exec 3<>"$events"
rm "$events"
trap stop EXIT
trap 'exit 0' TERM INT

for ((unit = 1; unit <= all; unit++)); do ask "$unit"; done
while read -r event unit <&3; do
  if [ "$event" = granted ] && [ ${#mine[@]} -lt "$most" ]; then
    mine[$unit]=1
    ksem post "$name"
    say "unit $unit is ours"
  elif [ "$event" = granted ]; then
    let_go "$unit"
  elif [ -n "${mine[$unit]:-}" ]; then
    say "unit $unit is lost"
    exit 1
  elif [ -n "${lock[$unit]:-}" ]; then
    ask "$unit" # etcd wasn't there, or has forgotten us
    sleep 1
  fi
done
