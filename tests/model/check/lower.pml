/* SPDX-License-Identifier: MIT */
/*
 * The ceiling is lowered between two posts' looks at it and their exchanges, and the word
 * is the same again for both: a unit is taken meanwhile, and one of them gives it.
 */
#define TASKS	2
#define QUEUE	2
#define CAN_OVERFLOW	1
#define POLLS
#define LOWERS
#define USERS
#include "../kernel/sem/core.pml"
#include "../kernel/sem/wait.pml"
#include "../kernel/device/page.pml"
#include "../kernel/sem/poll.pml"
#include "../tasks.pml"

proctype SetMax(byte top)
{
	TASK;

	ksem_set_max(0, top, ret);
	assert(ret == OK || ret == EINVAL || ret == EBUSY)
}

init {
	LOCALS;

	atomic {
		ksem_init_mapped(0, 1, 4);
		/* Somebody has polled, and is in the wait queue. */
		sem[0].poll = 1;
		ksem_lock(0);
		ksem_unlock(0);
		run SetMax(2);
		run UserKeeper(1, 1);
		run Poster(0, 1, 0);
		run Poster(0, 1, 0);
		run Poster(0, 1, 1)
	}
	timeout;
	check_quiet(0);
	check_shutdown(0)
}
