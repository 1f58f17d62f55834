/* SPDX-License-Identifier: MIT */
/*
 * It becomes fair and unfair again while tasks wait, and one is nudged: then it can
 * be nudged a second time.
 */
#define TASKS	2
#define QUEUE	2
#define UNFAIR
#define USERS
#include "../kernel/sem/core.pml"
#include "../kernel/sem/wait.pml"
#include "../kernel/device/page.pml"
#include "../tasks.pml"

proctype SetFair()
{
	TASK;

	ksem_set_fair(0, 1);
	ksem_set_fair(0, 0)
}

proctype Newcomer()
{
	TASK;

	ksem_trywait_n(0, 1, ret);
	keep(0, 1);
	assert(ret == OK || ret == EAGAIN)
}

proctype PosterOfTwo()
{
	TASK;

	user_post(0, 1, ret);
	assert(ret == OK);
	user_post(0, 1, ret);
	assert(ret == OK)
}

init {
	LOCALS;

	atomic {
		ksem_init_mapped(0, 0, 3);
		run Keeper(0, 0, 1, OK);
		run Keeper(1, 0, 1, OK);
		run PosterOfTwo();
		run SetFair();
		run Newcomer()
	}
	timeout;
	check_quiet(0);
	check_shutdown(0)
}
