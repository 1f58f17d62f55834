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
/* The timer ends once, as late as it likes, or never. */
proctype Passing(byte s)
{
	LOCALS;

	if
	:: ksem_passing_over(s)
	:: skip
	fi
}
#endif
