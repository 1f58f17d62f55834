#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs a job of the night, one at a time; another one waits for its turn, for two
# hours at most. In /etc/cron.d/nightly:
#
#   10 3 * * * root /usr/local/sbin/nightly.sh /usr/local/sbin/backup
#   15 3 * * * root /usr/local/sbin/nightly.sh /usr/local/sbin/reindex --all
status=0
ksem run --create 1 nightly -t 2h -E 99 -- "$@" || status=$?
if [ "$status" -eq 99 ]; then
  echo "nightly: $1 has had no turn; who has: ksem who nightly" >&2
fi
exit "$status"
