/* SPDX-License-Identifier: MIT */
/*
 * Several units at once, for waiters that are nudged one after the other, and for
 * one that wants two: for that one units are saved up, and nobody passes.  What a batch
 * can't hold is handed over.
 */
#define TASKS	3
#define QUEUE	3
#define UNFAIR
#include "../kernel/sem/core.pml"
#include "../kernel/sem/wait.pml"
#include "../kernel/device/page.pml"
#include "../tasks.pml"

proctype PosterOfFour()
{
	TASK;

	ksem_post_n(0, 2, ret);
	assert(ret == OK);
	ksem_trywait_n(0, 1, ret);
	keep(0, 1);
	assert(ret == OK || ret == EAGAIN);
	ksem_post_n(0, 2, ret);
	assert(ret == OK)
}

init {
	LOCALS;

	atomic {
		ksem_init(0, 0, 4);
		run Keeper(0, 0, 1, OK);
		run Keeper(1, 0, 1, OK);
		run Keeper(2, 0, 2, OK);
		run PosterOfFour()
	}
	timeout;
	check_quiet(0);
	check_shutdown(0)
}
