#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs a command when it is its turn, with no more than a shell:  held.sh NAME COMMAND…
# The file "undo" of the semaphore is 1: the unit comes back when this script ends,
# even by kill -9.
[ -c "/dev/ksem/$1" ] || exit # else 9<> would make a plain file of that name
exec 9<>"/dev/ksem/$1" || exit
read -r _ <&9 || exit # blocks until it is our turn
shift
"$@" 9<&- # without our handle: what it leaves in the background keeps no unit
