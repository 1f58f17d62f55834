/* SPDX-License-Identifier: MIT */
/*
 * Units that wait for a nudged waiter are in nobody's way.  So each of two posts
 * finds room, and so does what a handle leaves behind.  The waiter has its unit in
 * the account once, whether it took it or was served.
 */
#define TASKS	3
#define QUEUE	3
#define HANDLES	2
#define UNFAIR
#define USERS
#include "../kernel/sem/core.pml"
#include "../kernel/sem/wait.pml"
#include "../kernel/device/handle.pml"
#include "../kernel/device/page.pml"
#include "../tasks.pml"

proctype LateHolder(byte me)
{
	TASK;
	byte part, turns;

	ksem_handle_take(0, 0, 1, me, ret);
	keep(0, 1);
	assert(ret == OK);
	sem[0].nr_waiters == 2;
	ksem_post_n(0, 1, ret);
	assert(ret == OK);
	if
	:: ksem_handle_release(0, 0)
	:: user_post(0, 1, ret);
		assert(ret == OK)
	fi
}

proctype LateKeeper(byte me)
{
	TASK;

	accounts[0].units;
	ksem_handle_take(0, 1, 1, me, ret);
	keep(0, 1);
	assert(ret == OK || ret == EIDRM)
}

init {
	LOCALS;

	atomic {
		ksem_init_mapped(0, 1, 1);
		run LateHolder(0);
		run LateKeeper(1);
		run LateKeeper(2)
	}
	timeout;
	check_quiet(0);
	assert(!sem[0].nr_waiters);
	assert(accounts[1].units == 2);
	check_shutdown(0)
}
