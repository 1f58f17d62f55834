#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs a command on one machine of a cluster at a time, and there when it is its
# turn among all that use the machine's semaphore NAME:  once.sh NAME COMMAND…
name=$1
shift
exec etcdctl lock "$name" -- ksem run --create 1 "$name" -- "$@"
