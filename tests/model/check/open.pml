/* SPDX-License-Identifier: MIT */
/*
 * Posts by an open word with a ceiling of 0, while a program polls and the ceiling
 * is lowered.
 */
#define TASKS	2
#define QUEUE	2
#define CAN_OVERFLOW	1
#define POLLS
#define USERS
#include "../kernel/sem/core.pml"
#include "../kernel/sem/wait.pml"
#include "../kernel/device/page.pml"
#include "../kernel/sem/poll.pml"
#include "../tasks.pml"

bit polls;

proctype Poller(byte me, what)
{
	TASK;

	polls = 1;
	do_poll(0, me, what, ret);
	polls = 0
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
		ksem_init_mapped(0, 0, 2);
		run Poller(0, OUT);
		run SetMax(1);
		run UserKeeper(1, 1);
		run Poster(0, 1, 0);
		run Poster(0, 1, 1)
	}
	timeout;
	check_quiet(0);
	assert(!polls || WORD(0).units == sem[0].max);
	check_shutdown(0)
}
