/* SPDX-License-Identifier: MIT */
/* A task that waits gets another priority: it counts when units are handed out. */
#define TASKS	2
#define QUEUE	2
#define PRIORITY
#include "../kernel/sem/core.pml"
#include "../kernel/sem/wait.pml"
#include "../tasks.pml"

proctype BoostAndPost(byte who)
{
	TASK;

	prio[who] = 0;
	ksem_post_n(0, 1, ret);
	assert(ret == OK)
}

init {
	LOCALS;

	atomic {
		ksem_init(0, 0, 4);
		prio[0] = 1;
		prio[1] = 2;
		run Keeper(0, 0, 2, OK);
		run Keeper(1, 0, 1, OK);
		run BoostAndPost(1)
	}
	timeout;
	check_quiet(0);
	assert(waiter[1].status != KSEM_QUEUED);
	check_shutdown(0)
}
