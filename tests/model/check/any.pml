/* SPDX-License-Identifier: MIT */
/* A wait for one of two semaphores, among waits for one. */
#define TASKS		3
#define SEMS		2
#define QUEUE		(TASKS + SEMS)
#define KSEM_BATCH	4
#define ANYS
#include "../kernel/sem/core.pml"
#include "../kernel/sem/wait.pml"
#include "../kernel/sem/any.pml"
#include "../tasks.pml"

proctype WaitAny(byte me)
{
	TASK;
	byte which, i;
	bit closed, won, was_served;

	may_give_up(EINTR);
	ksem_wait_any(me, ret, which);
	keep(which, 1);
	assert(ret == OK || ret == EIDRM || ret == give_up)
}

init {
	LOCALS;

	atomic {
		ksem_init(0, 0, 4);
		ksem_init(1, 0, 4);
		run WaitAny(0);
		run Keeper(1, 0, 1, OK);
		run Keeper(2, 1, 1, OK);
		run Poster(0, 1, 0);
		run Poster(1, 1, 0)
	}
	timeout;
	check_quiet(0);
	check_quiet(1);
	check_shutdown(0);
	check_shutdown(1)
}
