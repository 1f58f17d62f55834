/* SPDX-License-Identifier: MIT */
/*
 * Posts that can't be preempted, with a batch of one: what they leave is done by
 * the thread, and nothing is forgotten.
 */
#define TASKS		3
#define QUEUE		3
#define KSEM_BATCH	1
#define STEPS
#define THREAD
#include "../kernel/sem/core.pml"
#include "../kernel/sem/wait.pml"
#include "../kernel/sem/step.pml"
#include "../kernel/sem/call.pml"
#include "../tasks.pml"

proctype Step(byte me)
{
	TASK;
	byte stop;

	ksem_operate(me, KSEM_OP_WAIT, KSEM_OP_WAIT, ret);
	keep(0, 1);
	assert(ret == OK || ret == EIDRM)
}

proctype Interrupts()
{
	TASK;

	no_preempt = 1;
	ksem_post_n(0, 1, ret);
	assert(ret == OK);
	ksem_post_n(0, 2, ret);
	assert(ret == OK)
}

init {
	LOCALS;

	atomic {
		ksem_init(0, 0, 4);
		run Thread();
		run Keeper(0, 0, 1, OK);
		run Keeper(1, 0, 1, OK);
		run Step(2);
		run Interrupts()
	}
	timeout;
	check_quiet(0);
	assert(!blocked[2] || !WORD(0).units);
	assert(!sem[0].late && !sem[0].steps_due);
	check_shutdown(0)
}
