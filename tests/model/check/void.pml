/* SPDX-License-Identifier: MIT */
/*
 * A step sets the value and makes all accounts void, under a handle that takes a
 * unit and is closed: the unit comes back once or not at all.
 */
#define TASKS	2
#define QUEUE	2
#define HANDLES	1
#define STEPS
#include "../kernel/sem/core.pml"
#include "../kernel/sem/wait.pml"
#include "../kernel/sem/step.pml"
#include "../kernel/device/handle.pml"
#include "../tasks.pml"

proctype Holder(byte me)
{
	TASK;
	byte part, turns;

	ksem_handle_take(0, 0, 1, me, ret);
	keep(0, 1);
	assert(ret == OK);
	ksem_handle_release(0, 0)
}

proctype Setter(byte me)
{
	TASK;
	byte stop;

	ksem_operate(me, KSEM_OP_SET, KSEM_OP_SET, ret);
	assert(ret == OK)
}

init {
	LOCALS;

	atomic {
		ksem_init(0, 1, 2);
		run Holder(0);
		run Setter(1)
	}
	timeout;
	check_quiet(0);
	assert(WORD(0).units == 1);
	check_shutdown(0)
}
