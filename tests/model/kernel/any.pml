/* SPDX-License-Identifier: MIT */
/*
 * kernel/any.c, for one unit of each of semaphores 0 and 1.  The waiters of a
 * task are those from WAITERS_OF(task) on.
 */

#define WAITERS_OF(me)	(TASKS + SEMS * (me))

inline ksem_any_close(t, which_one, won)
{
	atomic {
		won = winner[t] == KSEM_ANY_OPEN;
		if
		:: won -> winner[t] = which_one
		:: else
		fi
	}
}

inline ksem_any_queue(s, who)
{
	atomic {
		ksem_lock(s);
		d_step { ksem_take(s, 1, ret) }
	}
	if
	:: ret == EAGAIN ->
		d_step { ksem_enqueue(s, WAITERS_OF(who) + s, 1, who) }
	:: else ->
		ksem_any_close(who, s, won);
		if
		:: won -> waiter[WAITERS_OF(who) + s].status = ret
#ifndef BUG_ANY_KEEPS_SECOND
		:: !won && ret == OK ->
			d_step {
				/* Not made anew, only given back. */
				held[s]--;
				made[s]--;
				ksem_give(s, 1, ret);
				assert(ret == OK)
			}
#endif
		:: else
		fi;
		won = 0
	fi;
	ksem_settle_and_unlock(s)
}

inline ksem_any_unqueue(s, w)
{
	atomic {
		ksem_lock(s);
		d_step {
			if
			:: waiter[w].status == KSEM_QUEUED ->
				ksem_dequeue(s, w)
			:: else
			fi
		}
	}
	ksem_settle_and_unlock(s)
}

/* The index of the one whose unit is taken is left in which. */
inline ksem_any_block(me, ret, which)
{
	winner[me] = KSEM_ANY_OPEN;
	i = 0;
	do
	:: i == SEMS || winner[me] != KSEM_ANY_OPEN -> break
	:: else ->
		atomic {
			waiter[WAITERS_OF(me) + i].any = me;
			waiter[WAITERS_OF(me) + i].index = i;
			waiter[WAITERS_OF(me) + i].status = ECANCELED
		}
		ksem_any_queue(i, me);
		i++
	od;
	queued = i;
	why = OK;
	do
	:: why == OK ->
		asleep[me] = 1;
		if
		:: winner[me] != KSEM_ANY_OPEN -> break
		:: else
		fi;
		ksem_sleep(me)
	:: else -> break
	od;
	asleep[me] = 0;
	if
	:: why != OK ->
		ksem_any_close(me, KSEM_ANY_CLOSED, won);
#ifndef BUG_ANY_GIVES_UP_SERVED
		if
		:: !won -> why = OK
		:: else
		fi;
#endif
		won = 0
	:: else
	fi;
	i = 0;
	do
	:: i == queued -> break
	:: else ->
		ksem_any_unqueue(i, WAITERS_OF(me) + i);
		i++
	od;
	if
	:: why != OK -> ret = why
	:: else ->
		which = winner[me];
		ret = waiter[WAITERS_OF(me) + which].status
	fi;
	atomic {
		i = 0;
		queued = 0;
		why = OK
	}
}

inline ksem_wait_any(me, ret, which)
{
	i = 0;
	do
	:: i == SEMS -> break
	:: else ->
		ksem_trywait_n(i, 1, ret);
		if
		:: ret == EAGAIN -> i++
		:: else -> which = i; break
		fi
	od;
	i = 0;
	if
	:: ret == EAGAIN -> ksem_any_block(me, ret, which)
	:: else
	fi
}
