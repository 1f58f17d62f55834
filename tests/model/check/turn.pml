/* SPDX-License-Identifier: MIT */
/*
 * Blocked steps on one semaphore: a value that lasts for a moment is enough for one
 * that waits for it, and a unit that is taken for one that gives up isn't lost.
 */
#define TASKS	2
#define QUEUE	1
#define STEPS
#include "../kernel/sem/core.pml"
#include "../kernel/sem/wait.pml"
#include "../kernel/sem/step.pml"
#include "../tasks.pml"

proctype Step(byte me, op, reason)
{
	TASK;
	byte stop;

	may_give_up(reason);
	ksem_operate(me, op, op, ret);
	keep(0, (op == KSEM_OP_WAIT -> 1 : 0));
	assert(ret == OK || ret == EIDRM || ret == give_up)
}

proctype Changer()
{
	TASK;

	ksem_trywait_n(0, 1, ret);
	keep(0, 1);
	ksem_post_n(0, 1, ret)
}

init {
	LOCALS;

	atomic {
		ksem_init(0, 1, 2);
		run Step(0, KSEM_OP_ZERO, OK)
	}
	atomic {
		sem[0].steps ->
		run Step(1, KSEM_OP_WAIT, EINTR);
		run Changer()
	}
	timeout;
	check_quiet(0);
	assert(!blocked[0]);
	assert(!blocked[1] || !WORD(0).units);
	check_shutdown(0)
}
