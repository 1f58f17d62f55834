/* SPDX-License-Identifier: MIT */
/*
 * A wait for one of two semaphores ends on the first.  When the post that ended
 * it has returned, nothing of it is left in the queue of the second: the tasks
 * behind have been served, and no newcomer is turned away because of it.
 */
#define TASKS		3
#define SEMS		2
#define QUEUE		(TASKS + SEMS)
#define ANYS
#define OP_UNITS(s)	(1 + (s))
#include "../kernel/sem/core.pml"
#include "../kernel/sem/wait.pml"
#include "../kernel/sem/any.pml"
#include "../tasks.pml"

/* Its second entry is in the way of all who want less. */
proctype WaitAny(byte me)
{
	TASK;
	byte which, i;
	bit closed, won, was_served;

	give_up = OK;
	ksem_wait_any(me, ret, which);
	keep(which, OP_UNITS(which));
	assert(ret == OK || ret == EIDRM)
}

proctype PosterAndNewcomer()
{
	TASK;
	bit is_ended, is_there;

	sem[0].nr_waiters;
	ksem_post_n(0, 1, ret);
	assert(ret == OK);
	d_step {
		is_ended = any[0].winner == 0;
		assert(!is_ended ||
		       waiter[WAITERS_OF(0) + 1].status != KSEM_QUEUED);
		/* It waits for a unit that is there, but for what is ended. */
		assert(!is_ended || waiter[2].status != KSEM_QUEUED ||
		       sem[1].lock || !WORD(1).units)
	}
	d_step { is_there = !sem[1].lock && WORD(1).units && !sem[1].nr_waiters }
	if
	:: is_ended && is_there ->
		ksem_trywait_n(1, 1, ret);
		keep(1, 1);
		assert(ret == OK || kept[1] || held[1])
	:: else
	fi
}

init {
	LOCALS;

	atomic {
		ksem_init(0, 0, 2);
		ksem_init(1, 1, 2);
		run WaitAny(0);
		run Keeper(2, 1, 1, OK);
		run PosterAndNewcomer()
	}
	timeout;
	check_quiet(0);
	check_quiet(1);
	check_shutdown(0);
	check_shutdown(1)
}
