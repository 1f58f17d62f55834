#!/bin/sh
# SPDX-License-Identifier: MIT
# Explores the model in all configurations, then with one mistake after the
# other in it, each of which has to be found; then the same for the litmus tests
# of memory ordering. Reports in KTAP.
#
# Usage: run.sh [CHECK…]: with names, only those configurations, without mistakes.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/ktap.sh
. "$here/../ktap.sh"

for needed in /usr/bin/spin /usr/bin/tcc /usr/bin/g++ /usr/include/relacy/relacy.hpp; do
  if [ ! -e $needed ]; then
    echo "$0: $needed is missing: apt install spin tcc g++ relacy-dev" >&2
    exit 1
  fi
done
work=$(mktemp -d) || exit
trap 'rm -rf "$work"' EXIT
cd "$work" || exit

# explore CHECK [-D…]: what pan says goes to the file "said". gcc takes more time to
# compile it, with or without optimization, than that saves.
explore() {
  explore_check=$1
  shift
  spin "$@" -a "$here/check/$explore_check.pml" >said || {
    cat said
    return 1
  }
  tcc -w -DSAFETY -DMEMLIM=6000 -DVECTORSZ=2048 -o pan pan.c
  ./pan -m100000 >said
}

holds() {
  explore "$@"
  grep -e 'stored$' -e '^pan:' -e 'errors:' said
  grep -q 'errors: 0$' said
  if grep -e 'not completed' -e 'too small' said; then
    return 1
  fi
}

# is_found MISTAKE CHECK [-D…]: by a property that doesn't hold or by a task that
# is blocked for ever, not by an error in the model itself.
is_found() {
  is_found_mistake=$1
  shift
  explore "$@" "-DBUG_$is_found_mistake"
  grep '^pan:' said | grep -e 'assertion violated' -e 'invalid end state'
}

is_ordered() {
  ./ordering "$1" >said
  grep iterations said
}

is_found_weak() {
  ! ./ordering "$1" weak >said || return 1
  grep -e RACE -e ASSERT said
}

if [ $# -gt 0 ]; then
  for name; do check "$name" holds "$name"; done
  finish
fi
for file in "$here"/check/*.pml; do
  name=$(basename "$file" .pml)
  check "$name" holds "$name"
done
# What holds, fair or not; those that take little.
for name in async boost ghost late share step tell void watch; do
  check "$name, unfair" holds "$name" -DUNFAIR
done
while read -r mistake name option; do
  check "$mistake is found by $name" is_found "$mistake" "$name" \
    ${option:+"$option"}
done <<'END'
ENTER_LEAVES_WORD fast
LEAVE_FORGETS_QUEUE fast
CONTENDED_TOO_EARLY fast
LOOKS_BEFORE_STATE fast
WAKE_BEFORE_STATUS fast
TAKE_OVERTAKES queue
QUEUES_WITHOUT_SERVING priority
UNLOCK_FORGETS_PRIORITY boost
LEAVES_WITHOUT_SERVING giveup
TIMEOUT_IGNORES_STATUS giveup
GIVE_PASSES_CEILING ceiling
SHUTDOWN_SERVES_NOBODY shutdown
LEAVE_FORGETS_SHUTDOWN shutdown
SHUTDOWN_TRUSTS_PAGE hostile
MOVE_LEAVES_UNITS move
PAGE_STARTS_AT_ZERO value
UNDO_LOST undo
UNDO_GIVES_ONE_PART room
UNDO_LOOKS_EARLY void
TAKE_COUNTS_LATE void
POST_COUNTS_LATE share
LEAVE_UNOBSERVED poll
POLL_LOOKS_FIRST poll
WATCH_TAKEN_FOR_POLL watch
OPEN_AT_CEILING poll
TAKE_TELLS_NO_ROOM poll
LOWERED_STAYS_OPEN lower
SHOWS_BEFORE_WATCH watch
ANY_KEEPS_SECOND any
ANY_GIVES_UP_SERVED any
ANY_QUEUES_CLOSED any
ANY_DONE_EARLY ghost
ANY_LEAVES_GHOST ghost
UNQUEUE_SERVES_NOBODY ghost
STEP_LOCKS_UNSORTED step
STEP_KEEPS_A_PART step
STEP_SERVES_NOBODY step
STEP_LISTENS_TO_LAST step
LEAVE_FORGETS_STEPS step
STEP_SERVES_LATE gap
NOBODY_CARRIES_OUT turn
END_FORGETS_DONE turn
SERVE_FORGETS_DUE late
REST_CLEARS_LATE_AFTER late
REST_CHANGES_NOTHING tell
CANCEL_IGNORES_STATUS async
CANCEL_DOES_NOT_WAIT async
CANCEL_LOOKS_TWICE async
LEAVE_OPENS_HAND_OVER chain
TAKE_PASSES_QUEUED chain
TRY_SERVES_NOBODY chain
BLOCK_LETS_ALL_PASS chain
LEAVE_FORGETS_SLEEPERS unfair
POST_TRUSTS_CEILING unfair
TIMER_ENDS_NOTHING lose
TIMER_SERVES_NOBODY lose
PASSED_SLEEPS_ON unfair
TRY_FORGETS_HAND_OVER unfair_boost
TRY_OVERTAKES unfair_priority
TRY_LOOKS_FOR_EVER refair
TIMEOUT_LEAVES_ITS_UNIT nudge
NUDGED_BARS unfair_priority
DEQUEUE_KEEPS_NUDGE nudge
GIVES_UP_UNNUDGED_ONLY nudge
END_PASSING_KEEPS_NUDGE unfair_room
POST_HANDS_NOTHING_OVER unfair_room
UNDO_HANDS_NOTHING_OVER unfair_room
CONFIGURE_SERVES_NOBODY refair
SET_FAIR_KEEPS_NUDGE refair
UNFAIR_UNOBSERVED unfair_poll
TRY_COUNTS_TWICE unfair_room
STEP_HANDS_NOTHING_OVER unfair_step
TRY_FORGETS_ACCOUNT share -DUNFAIR
GIVE_OPEN_SEES_NO_WAITER unfair
END
g++ -std=gnu++17 -w -O1 -o ordering "$here/ordering.cc" || exit
for name in fast-to-fast fast-to-kernel fast-to-kernel-to-fast hand-over \
  nudge-and-hand-over sleep move open-ceiling open-post "done"; do
  check "ordering: $name" is_ordered "$name"
  check "ordering: $name, weaker, is found" is_found_weak "$name"
done
finish
