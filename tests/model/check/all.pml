/* SPDX-License-Identifier: MIT */
/* Operations on two semaphores in one step. */
#define TASKS	3
#define SEMS	2
#define QUEUE	3
#include "../kernel/core.pml"
#include "../kernel/wait.pml"
#include "../kernel/notify.pml"
#include "../kernel/all.pml"
#include "../tasks.pml"

proctype Both(byte me, then)
{
	TASK;
	byte stop;

	if
	:: me == 0 -> may_give_up(EINTR)
	:: else
	fi;
	ksem_operate(me, then, ret);
	keep(0, 1);
	keep(1, (then == KSEM_OP_WAIT -> 1 : 0));
	assert(ret == OK || ret == EIDRM || ret == give_up)
}

proctype KeeperOf1(byte me)
{
	TASK;

	ksem_wait_until(1, 1, me, ret);
	keep(1, 1);
	assert(ret == OK || ret == EIDRM)
}

init {
	LOCALS;

	atomic {
		ksem_init(0, 0, 2);
		ksem_init(1, 0, 2);
		run Notify(0);
		run Notify(1);
		run Both(0, KSEM_OP_WAIT);
		run Both(1, KSEM_OP_POST);
		run KeeperOf1(2);
		run Poster(2)
	}
	timeout;
	check_quiet(0);
	check_quiet(1);
	assert(!multi[0] || !WORD(0).units || !WORD(1).units);
	assert(!multi[1] || !WORD(0).units);
	check_shutdown(0);
	check_shutdown(1)
}
