/* SPDX-License-Identifier: MIT */
/*
 * A post makes room by handing a unit over.  Meanwhile a waiter gets a real-time
 * priority, so the unit goes to that one, and not to the nudged waiter: that
 * waits, and isn't passed any more.
 */
#define TASKS	2
#define QUEUE	2
#define PRIORITY
#define UNFAIR
#include "../kernel/sem/core.pml"
#include "../kernel/sem/wait.pml"
#include "../tasks.pml"

proctype BoostAndPost(byte who)
{
	TASK;

	sem[0].nr_waiters == 2;
	ksem_post_n(0, 1, ret);
	assert(ret == OK);
	prio[who] = 1;
	ksem_post_n(0, 1, ret);
	assert(ret == OK)
}


init {
	LOCALS;

	atomic {
		ksem_init(0, 0, 1);
		prio[0] = MAX_RT_PRIO;
		prio[1] = MAX_RT_PRIO;
		run Keeper(0, 0, 1, OK);
		run Keeper(1, 0, 1, OK);
		run BoostAndPost(1)
	}
	timeout;
	check_quiet(0);
	check_shutdown(0)
}
