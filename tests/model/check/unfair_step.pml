/* SPDX-License-Identifier: MIT */
/*
 * Steps on an unfair semaphore: one finds room for what it posts, although a unit
 * waits for a nudged waiter; another is blocked, and isn't forgotten.
 */
#define TASKS	3
#define QUEUE	3
#define STEPS
#define UNFAIR
#include "../kernel/sem/core.pml"
#include "../kernel/sem/wait.pml"
#include "../kernel/sem/step.pml"
#include "../tasks.pml"

proctype Step(byte me)
{
	TASK;
	byte stop;

	ksem_operate(me, KSEM_OP_WAIT, KSEM_OP_WAIT, ret);
	keep(0, 1);
	assert(ret == OK || ret == EIDRM)
}

proctype LatePoster(byte me)
{
	TASK;
	byte stop;

	sem[0].nr_waiters;
	ksem_post_n(0, 1, ret);
	assert(ret == OK);
	ksem_operate(me, KSEM_OP_POST, KSEM_OP_POST, ret);
	assert(ret == OK)
}

init {
	LOCALS;

	atomic {
		ksem_init(0, 0, 1);
		run Keeper(0, 0, 1, OK);
		run Step(1);
		run LatePoster(2)
	}
	timeout;
	check_quiet(0);
	assert(!blocked[1] || !WORD(0).units);
	check_shutdown(0)
}
