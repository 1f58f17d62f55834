/* SPDX-License-Identifier: MIT */
/* A program that reads and polls a file in sysfs has seen the last value. */
#define TASKS	2
#define QUEUE	2
#define POLLS
#define USERS
#include "../kernel/sem/core.pml"
#include "../kernel/sem/wait.pml"
#include "../kernel/device/page.pml"
#include "../kernel/sem/poll.pml"
#include "../tasks.pml"

byte shown;

/* kernfs_seq_show(): the event is noted before the file is shown. */
proctype Watcher()
{
	TASK;
	byte seen;

	do
	:: seen = event[0];
#ifdef BUG_SHOWS_BEFORE_WATCH
		ksem_value(0, shown);
		ksem_watch(0);
#else
		ksem_watch(0);
		ksem_value(0, shown);
#endif
end:		event[0] != seen
	od
}

init {
	LOCALS;

	atomic {
		ksem_init_mapped(0, 1, 2);
		run Watcher();
		run UserKeeper(0, 1);
		run Keeper(1, 0, 1, OK);
		run UserPoster(1)
	}
	timeout;
	check_quiet(0);
	assert(shown == WORD(0).units);
	check_shutdown(0)
}
