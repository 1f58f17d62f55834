#!/bin/sh
# SPDX-License-Identifier: MIT
# A shell's part in one semaphore:  jobs.sh NAME [ROUNDS]
cd "/sys/kernel/config/ksem/$1" || exit
round=0
while [ "$round" -lt "${2:-3}" ]; do
  round=$((round + 1))
  cat wait >/dev/null || exit # blocks until it is our turn
  echo "shell $$: round $round, $(cat waiters) waiting"
  sleep 0.05
  echo 1 >post # given back
done
