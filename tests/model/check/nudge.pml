/* SPDX-License-Identifier: MIT */
/* Waiters give up as they are nudged: the nudge goes to the next. */
#define TASKS	2
#define QUEUE	2
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
		run Keeper(0, 0, 1, EINTR);
		run Keeper(1, 0, 1, ETIMEDOUT);
		run PosterOfTwo();
		run Newcomer()
	}
	timeout;
	check_quiet(0);
	check_shutdown(0)
}
