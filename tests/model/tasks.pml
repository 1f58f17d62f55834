/* SPDX-License-Identifier: MIT */
/*
 * What tasks of several configurations do.  Spin makes code for each of them, run
 * or not: a configuration with programs that have mapped the page defines USERS.
 */

#ifdef USERS
#include "user.pml"
#endif

/* Whether a post may find no room. */
#ifndef CAN_OVERFLOW
#define CAN_OVERFLOW	0
#endif

#define TASK \
	LOCALS; \
	byte ret, why, give_up; \
	bit looks

inline keep(s, n)
{
	if
	:: ret == OK -> kept[s] = kept[s] + n
	:: else
	fi
}

/* Units that a task had and gives back are no new ones. */
inline give_up_units(s, n)
{
	d_step {
		kept[s] = kept[s] - n;
		held[s] = held[s] - n;
		made[s] = made[s] - n
	}
}

/* A wait can end at any moment, or lasts until it is served. */
inline may_give_up(reason)
{
	if
	:: give_up = reason
	:: give_up = OK
	fi
}

#if SEMS > 1
#define OF(s)	s
#else
#define OF(s)	0
#endif

/*
 * Waits for units and keeps them.  A signal or a timeout can come, if there is a
 * reason other than OK.
 */
proctype Keeper(byte me, s, n, reason)
{
	TASK;

	may_give_up(reason);
	ksem_wait_common(OF(s), n, me, ret);
	keep(OF(s), n);
	assert(ret == OK || ret == EIDRM || ret == give_up)
}

proctype Poster(byte s, n; bit is_interrupt)
{
	TASK;

	no_preempt = is_interrupt;
	ksem_post_n(OF(s), n, ret);
	assert(ret == OK || ret == EIDRM ||
	       (CAN_OVERFLOW && ret == EOVERFLOW))
}

#ifdef USERS
proctype UserKeeper(byte me, n)
{
	TASK;

	user_wait(0, n, me, ret);
	keep(0, n);
	assert(ret == OK || ret == EIDRM)
}

proctype UserPoster(byte n)
{
	TASK;

	user_post(0, n, ret);
	assert(ret == OK || ret == EIDRM ||
	       (CAN_OVERFLOW && ret == EOVERFLOW))
}
#endif

#ifdef UNFAIR
/*
 * The timer: whoever was nudged has been passed for long enough.  It ends once, as
 * late as it likes, or never.
 */
proctype Passing(byte s)
{
	LOCALS;

	if
	:: atomic {
		sem[s].nudged && sem[s].nr_waiters && !sem[s].lock ->
		ksem_lock(s);
		d_step {
#ifdef BUG_TIMER_ENDS_NOTHING
			waiter[HEAD(s)].is_settled = 1;
#else
			ksem_end_passing(s, HEAD(s));
#endif
			sem[s].nudged = 0
		}
	   }
#ifdef BUG_TIMER_SERVES_NOBODY
		d_step { leave_and_drop(s) }
#else
		ksem_unlock(s);
		ksem_make_calls()
#endif
	:: skip
	fi
}
#endif
