/* SPDX-License-Identifier: MIT */
/*
 * What a handle leaves behind doesn't fit, but does as soon as a waiter has had
 * its part.
 */
#define TASKS	2
#define QUEUE	2
#define HANDLES	1
#define USERS
#include "../kernel/sem/core.pml"
#include "../kernel/sem/wait.pml"
#include "../kernel/device/handle.pml"
#include "../kernel/device/page.pml"
#include "../tasks.pml"

bit posted;

proctype Holder(byte me)
{
	TASK;
	byte part, turns;

	ksem_handle_take(0, 0, 2, me, ret);
	keep(0, 2);
	assert(ret == OK);
	posted;
	ksem_handle_release(0, 0)
}

proctype LatePoster()
{
	TASK;

	sem[0].nr_waiters;
	user_post(0, 1, ret);
	assert(ret == OK);
	posted = 1
}

proctype LateKeeper(byte me)
{
	TASK;

	accounts[0].units;
	ksem_wait_common(0, 2, me, ret);
	keep(0, 2);
	assert(ret == OK)
}

init {
	LOCALS;

	atomic {
		ksem_init_mapped(0, 2, 2);
		run Holder(0);
		run LateKeeper(1);
		run LatePoster()
	}
	timeout;
	check_quiet(0);
	assert(made[0] == 3);
	assert(!accounts[0].units);
	check_shutdown(0)
}
