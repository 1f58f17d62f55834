/* SPDX-License-Identifier: MIT */
/*
 * A program polls an unfair semaphore for room: it is told of a unit that is taken
 * ahead of a waiter.
 */
#define TASKS	2
#define QUEUE	2
#define POLLS
#define UNFAIR
#define USERS
#include "../kernel/sem/core.pml"
#include "../kernel/sem/wait.pml"
#include "../kernel/device/page.pml"
#include "../kernel/sem/poll.pml"
#include "../tasks.pml"

bit polls;

proctype Poller(byte me)
{
	TASK;

	polls = 1;
	do_poll(0, me, OUT, ret);
	polls = 0
}

proctype Passer()
{
	TASK;

	ksem_trywait_n(0, 1, ret);
	keep(0, 1);
	assert(ret == OK || ret == EAGAIN)
}

init {
	LOCALS;

	atomic {
		ksem_init_mapped(0, 0, 1);
		run Poller(0);
		run UserKeeper(1, 1);
		run Passer();
		run UserPoster(1)
	}
	timeout;
	check_quiet(0);
	assert(!polls || WORD(0).units == sem[0].max);
	check_shutdown(0)
}
