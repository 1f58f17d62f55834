/* SPDX-License-Identifier: MIT */
/*
 * kernel/sem/any.c: a wait for units of semaphore 0, or of semaphore 1.  The
 * configuration says how many of each: OP_UNITS(s).  The waiters of a task are
 * those from WAITERS_OF(task) on.
 */

#ifndef OP_UNITS
#define OP_UNITS(s)	1
#endif

#define WAITERS_OF(me)	(TASKS + SEMS * (me))

#define KSEM_ANY_OPEN	255
#define KSEM_ANY_CLOSED	254

/* struct ksem_any, of a task */
typedef Any {
	byte winner;
	byte result;
	bit done;
	bit is_freed		/* ghost: kfree() */
};

Any any[TASKS];

inline ksem_any_close(t, which_one, won)
{
	d_step {
		won = any[t].winner == KSEM_ANY_OPEN;
		if
		:: won -> any[t].winner = which_one
		:: else
		fi
	}
}

/* In the step of its caller. */
inline ksem_any_served(w, status_)
{
	assert(!any[waiter[w].any].is_freed);
	waiter[w].status = ECANCELED;
	wanted = any[waiter[w].any].winner == KSEM_ANY_OPEN;
	if
	:: wanted ->
		any[waiter[w].any].winner = waiter[w].index;
		any[waiter[w].any].result = status_;
		ends = ends | (1 << waiter[w].any);
		to_wake = to_wake | (1 << waiter[w].task)
	:: else
	fi
}

inline ksem_any_unqueue(s, t, w)
{
	atomic {
		ksem_lock(s);
		d_step {
			assert(!any[t].is_freed);
			locked = waiter[w].status == KSEM_QUEUED;
			if
			:: locked ->
				ksem_dequeue(s, w);
				waiter[w].status = ECANCELED
			:: else -> leave_and_drop(s)
			fi
		}
	}
	if
	:: locked ->
#ifndef BUG_UNQUEUE_SERVES_NOBODY
		ksem_serve(s, later, 1);
#else
		d_step { leave_and_drop(s) }
#endif
		locked = 0;
		if
		:: later -> later = 0; ksem_settle_later(s, KSEM_CHANGED)
		:: else
		fi
	:: else
	fi
}

inline ksem_any_unqueue_all(t)
{
	member = 0;
	do
	:: member == SEMS -> break
	:: else ->
		ksem_any_unqueue(member, t, WAITERS_OF(t) + member);
		member++
	od;
	member = 0
}

inline ksem_any_end(t)
{
#ifdef BUG_ANY_DONE_EARLY
	any[t].done = 1;
#endif
#ifndef BUG_ANY_LEAVES_GHOST
	ksem_any_unqueue_all(t);
#endif
	d_step {
		assert(!any[t].is_freed);
		any[t].done = 1
	}
}

/* closed is set if this has closed the wait. */
inline ksem_any_queue(me, s)
{
	atomic {
		ksem_lock(s);
		d_step {
			ret = ECANCELED;
			if
#ifndef BUG_ANY_QUEUES_CLOSED
			:: any[me].winner != KSEM_ANY_OPEN
#endif
			:: else -> ksem_take(s, OP_UNITS(s), ret)
			fi;
			if
			:: ret == EAGAIN ->
				ksem_enqueue(s, WAITERS_OF(me) + s, OP_UNITS(s),
					     me)
			:: else
			fi
		}
	}
	if
	:: ret == EAGAIN || ret == ECANCELED
	:: else ->
		ksem_any_close(me, s, closed);
		if
		:: closed -> any[me].result = ret
#ifndef BUG_ANY_KEEPS_SECOND
		:: !closed && ret == OK ->
			d_step {
				/* Not made anew, only given back. */
				held[s] = held[s] - OP_UNITS(s);
				made[s] = made[s] - OP_UNITS(s);
				ksem_give(s, OP_UNITS(s), ret);
				assert(ret == OK)
			}
#endif
		:: else
		fi
	fi;
	ksem_unlock(s)
}

/* why says why to give up, or OK. */
inline ksem_any_sleep(me)
{
	why = OK;
	do
	:: asleep[me] = 1;
		if
		:: any[me].done -> break
		:: else
		fi;
		if
		:: was_served -> !asleep[me]
		:: else ->
			ksem_sleep(me);
			if
			:: why == OK
			:: else ->
				ksem_any_close(me, KSEM_ANY_CLOSED, won);
#ifdef BUG_ANY_GIVES_UP_SERVED
				break
#else
				if
				:: won -> break
				:: else -> was_served = 1; why = OK
				fi
#endif
			fi
		fi
	od;
	atomic { asleep[me] = 0; won = 0; was_served = 0 }
}

inline ksem_any_end_now(me)
{
	d_step { left = KSEM_BATCH; ends = 1 << me }
	ksem_batch_end();
	left = 0
}

/* The index of the semaphore whose units are taken is left in which. */
inline ksem_any_block(me, ret, which)
{
	i = 0;
	do
	:: i == SEMS || closed || any[me].winner != KSEM_ANY_OPEN -> break
	:: else -> ksem_any_queue(me, i); i++
	od;
	i = 0;
	if
	:: closed
	:: else -> ksem_any_sleep(me)
	fi;
	if
	:: closed || why != OK -> ksem_any_end_now(me)
	:: else
	fi;
#ifdef BUG_ANY_LEAVES_GHOST
	ksem_any_unqueue_all(me);
#endif
	d_step {
		if
		:: why != OK -> ret = why
		:: else ->
			which = any[me].winner;
			ret = any[me].result
		fi;
		closed = 0;
		why = OK
	}
}

inline ksem_any_alloc(me)
{
	d_step {
		any[me].winner = KSEM_ANY_OPEN;
		any[me].done = 0;
		any[me].is_freed = 0;
		for (at : 0 .. SEMS - 1) {
			waiter[WAITERS_OF(me) + at].any = me;
			waiter[WAITERS_OF(me) + at].index = at;
			waiter[WAITERS_OF(me) + at].task = me;
			waiter[WAITERS_OF(me) + at].status = ECANCELED
		}
	}
}

inline ksem_any_free(me)
{
	d_step {
		any[me].is_freed = 1;
		for (at : 0 .. SEMS - 1) {
			assert(waiter[WAITERS_OF(me) + at].status != KSEM_QUEUED)
		}
	}
}

inline ksem_wait_any(me, ret, which)
{
	i = 0;
	do
	:: i == SEMS -> break
	:: else ->
		ksem_trywait_n(i, OP_UNITS(i), ret);
		if
		:: ret == EAGAIN -> i++
		:: else -> which = i; break
		fi
	od;
	i = 0;
	if
	:: ret == EAGAIN ->
		ksem_any_alloc(me);
		ksem_any_block(me, ret, which);
		ksem_any_free(me)
	:: else
	fi
}
