/* SPDX-License-Identifier: MIT */
/*
 * A waiter of real-time priority comes before a nudged one, and is passed by
 * nobody: the units that it wants are saved up.
 */
#define TASKS	2
#define QUEUE	2
#define PRIORITY
#define UNFAIR
#define USERS
#include "../kernel/sem/core.pml"
#include "../kernel/sem/wait.pml"
#include "../kernel/device/page.pml"
#include "../tasks.pml"

proctype Newcomer()
{
	TASK;

	ksem_trywait_n(0, 1, ret);
	keep(0, 1);
	assert(ret == OK || ret == EAGAIN)
}

init {
	LOCALS;

	atomic {
		ksem_init_mapped(0, 0, 3);
		prio[0] = MAX_RT_PRIO;
		prio[1] = 1;
		run Keeper(0, 0, 1, OK);
		run Keeper(1, 0, 2, EINTR);
		run UserPoster(1);
		run Poster(0, 1, 0);
		run Newcomer()
	}
	timeout;
	check_quiet(0);
	check_shutdown(0)
}
