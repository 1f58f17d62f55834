/* SPDX-License-Identifier: MIT */
/*
 * Operations on two semaphores in one step.  Blocked steps try again when they
 * have to: also when an operation before the one in their way fails for ever.
 */
#define TASKS	3
#define SEMS	2
#define QUEUE	3
#define STEPS
#include "../kernel/sem/core.pml"
#include "../kernel/sem/wait.pml"
#include "../kernel/sem/step.pml"
#include "../tasks.pml"

proctype Both(byte me, then)
{
	TASK;
	byte stop;

	if
	:: me == 0 -> may_give_up(EINTR)
	:: else
	fi;
	ksem_operate(me, KSEM_OP_WAIT, then, ret);
	keep(0, 1);
	keep(1, (then == KSEM_OP_WAIT -> 1 : 0));
	assert(ret == OK || ret == EIDRM || ret == give_up)
}

init {
	LOCALS;

	atomic {
		ksem_init(0, 0, 2);
		ksem_init(1, 0, 2);
		run Both(0, KSEM_OP_WAIT);
		run Both(1, KSEM_OP_POST);
		run Keeper(2, 1, 1, OK);
		run Poster(0, 2, 0)
	}
	timeout;
	check_quiet(0);
	check_quiet(1);
	assert(!blocked[0] || !WORD(0).units || !WORD(1).units);
	assert(!blocked[1] || !WORD(0).units);
	check_shutdown(0);
	assert(!blocked[0] && !blocked[1]);
	check_shutdown(1)
}
