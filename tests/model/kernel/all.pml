/* SPDX-License-Identifier: MIT */
/*
 * kernel/all.c, for two operations: take a unit of semaphore 0, and do "then"
 * with a unit of semaphore 1.
 */

#define KSEM_OP_WAIT	0
#define KSEM_OP_POST	1

bit multi[TASKS];		/* ghost: blocked in ksem_operate() */

/* Only inside a d_step, so no part of the state. */
hidden byte before[SEMS];
hidden byte held_before[SEMS];
hidden byte made_before[SEMS];

inline ksem_step_roll_back()
{
	for (at : 0 .. SEMS - 1) {
		sem[at].units = before[at];
		sem[at].changed = 0;
		held[at] = held_before[at];
		made[at] = made_before[at]
	}
}

inline ksem_step_lock(me)
{
#ifdef BUG_ALL_LOCKS_UNSORTED
	ksem_lock(me % 2);
	ksem_lock(1 - me % 2)
#else
	ksem_lock(0);
	ksem_lock(1)
#endif
}

inline ksem_step_try(me, then, ret)
{
	ksem_step_lock(me);
	d_step {
		for (at : 0 .. SEMS - 1) {
			before[at] = sem[at].units;
			held_before[at] = held[at];
			made_before[at] = made[at]
		}
		ksem_take(0, 1, ret);
		if
		:: ret == OK && then == KSEM_OP_WAIT -> ksem_take(1, 1, ret)
		:: ret == OK && then == KSEM_OP_POST -> ksem_give(1, 1, ret)
		:: else
		fi;
#ifndef BUG_ALL_KEEPS_A_PART
		if
		:: ret != OK -> ksem_step_roll_back()
		:: else
		fi
#endif
	}
	ksem_unlock(1);
	ksem_unlock(0)
}

inline ksem_step_done()
{
#ifndef BUG_ALL_SERVES_NOBODY
	ksem_lock(0);
	ksem_settle_and_unlock(0);
	ksem_lock(1);
	ksem_settle_and_unlock(1);
#endif
	err = OK
}

/* nr_multi is for show only. */
inline ksem_step_block(me, then, ret)
{
	sem[0].poll[me] = 1;
	sem[1].poll[me] = 1;
	multi[me] = 1;
	stop = OK;
	do
	:: asleep[me] = 1;
		ksem_step_try(me, then, ret);
		if
		:: ret != EAGAIN -> break
		:: ret == EAGAIN && stop != OK -> ret = stop; break
		:: else
		fi;
		ksem_sleep(me);
		stop = why
	od;
	multi[me] = 0;
	asleep[me] = 0;
	sem[0].poll[me] = 0;
	sem[1].poll[me] = 0;
	why = OK;
	stop = OK
}

inline ksem_operate(me, then, ret)
{
	ksem_step_try(me, then, ret);
	if
	:: ret == EAGAIN -> ksem_step_block(me, then, ret)
	:: else
	fi;
	if
	:: ret == OK -> ksem_step_done()
	:: else
	fi
}
