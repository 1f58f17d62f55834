/* SPDX-License-Identifier: MIT */
/* What tasks of several configurations do, all of it with semaphore 0. */

#include "user.pml"

/* Whether a post may find no room. */
#ifndef CAN_OVERFLOW
#define CAN_OVERFLOW	0
#endif

#define TASK \
	LOCALS; \
	byte ret, why, give_up

inline keep(s, n)
{
	if
	:: ret == OK -> kept[s] = kept[s] + n
	:: else
	fi
}

/* Units that somebody had and gives back are no new ones. */
inline give_up_units(s, n)
{
	d_step {
		kept[s] = kept[s] - n;
		held[s] = held[s] - n;
		made[s] = made[s] - n
	}
}

/* It gives up at any moment, or waits for ever. */
inline may_give_up(reason)
{
	if
	:: give_up = reason
	:: give_up = OK
	fi
}

/* Waits for units and keeps them. */
proctype Keeper(byte me, n)
{
	TASK;

	ksem_wait_common(0, n, me, ret);
	keep(0, n);
	assert(ret == OK || ret == EIDRM)
}

proctype UserKeeper(byte me, n)
{
	TASK;

	user_wait(0, n, me, ret);
	keep(0, n);
	assert(ret == OK || ret == EIDRM)
}

/* The same, but a signal or a timeout can come. */
proctype Impatient(byte me, n, reason)
{
	TASK;

	may_give_up(reason);
	ksem_wait_common(0, n, me, ret);
	keep(0, n);
	assert(ret == OK || ret == EIDRM || ret == give_up)
}

proctype Poster(byte n)
{
	TASK;

	ksem_post_n(0, n, ret);
	assert(ret == OK || ret == EIDRM ||
	       (CAN_OVERFLOW && ret == EOVERFLOW))
}

proctype UserPoster(byte n)
{
	TASK;

	user_post(0, n, ret);
	assert(ret == OK || ret == EIDRM ||
	       (CAN_OVERFLOW && ret == EOVERFLOW))
}
