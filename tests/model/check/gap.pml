/* SPDX-License-Identifier: MIT */
/*
 * What a step gives goes to the first waiter before anybody sees it.  So a post
 * that comes afterwards finds room, and the value stays 0 while a task waits.
 */
#define TASKS	2
#define QUEUE	2
#define STEPS
#include "../kernel/sem/core.pml"
#include "../kernel/sem/wait.pml"
#include "../kernel/sem/step.pml"
#include "../tasks.pml"

bit has_posted;

proctype Giver(byte me)
{
	TASK;
	byte stop;

	ksem_operate(me, KSEM_OP_POST, KSEM_OP_POST, ret);
	assert(ret == OK)
}

proctype LatePoster()
{
	TASK;

	has_posted = 1;
	ksem_post_n(0, 1, ret);
	assert(ret == OK)
}

proctype Reader()
{
	TASK;
	bit is_early;

	ksem_value(0, ret);
	is_early = !has_posted;
	assert(!is_early || ret == 0)
}

init {
	LOCALS;

	atomic {
		ksem_init(0, 0, 1);
		run Keeper(0, 0, 1, OK)
	}
	atomic {
		sem[0].nr_waiters ->
		run Giver(1);
		run LatePoster();
		run Reader()
	}
	timeout;
	check_quiet(0);
	check_shutdown(0)
}
