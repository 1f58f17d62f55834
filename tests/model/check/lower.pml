/* SPDX-License-Identifier: MIT */
/*
 * The ceiling is lowered between a post's look at it and its exchange, and the word is
 * the same again: units are taken and given meanwhile.
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

/* For what doesn't come: it stays in the wait queue. */
proctype Poller(byte me)
{
	TASK;

	do_poll(0, me, PRI, ret)
}

proctype SetMax(byte top)
{
	TASK;

	ksem_set_max(0, top, ret);
	assert(ret == OK || ret == EINVAL || ret == EBUSY)
}

init {
	LOCALS;

	atomic {
		ksem_init_mapped(0, 1, 2);
		run Poller(0);
		run SetMax(1);
		run UserKeeper(1, 1);
		run Poster(0, 1, 0);
		run Poster(0, 1, 1)
	}
	timeout;
	check_quiet(0);
	check_shutdown(0)
}
