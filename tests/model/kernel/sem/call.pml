/* SPDX-License-Identifier: MIT */
/*
 * kernel/sem/call.c, and ksem_settle_later() of core.c: what is left to the
 * thread.  A request is the only call but the rest of a post.
 *
 * Calls are made when the batches are done.  One that a callback causes is
 * appended to those that its task is making: they are all in its variable calls.
 */

#ifndef KSEM_CALLS_MAX
#define KSEM_CALLS_MAX	1
#endif

#ifdef THREAD
byte rest_changed;		/* a local variable of the thread's */

/* To set late and to queue the call are one step: nobody can tell. */
inline ksem_settle_later(s, what)
{
	d_step {
		if
		:: sem[s].late
		:: else -> sem[s].rest = 1
		fi;
		sem[s].late = sem[s].late | (what)
	}
}

/* Only the thread does it. */
inline ksem_do_rest(s)
{
	d_step {
		rest_changed = sem[s].late;
#ifndef BUG_REST_CLEARS_LATE_AFTER
		sem[s].late = 0
#endif
	}
	atomic {
		ksem_lock(s);
#ifndef BUG_REST_CHANGES_NOTHING
		set_changed(s, rest_changed);
#endif
	}
	ksem_unlock(s);
	rest_changed = 0;
#ifdef BUG_REST_CLEARS_LATE_AFTER
	sem[s].late = 0;
#endif
	err = OK
}
#endif

#ifdef REQUESTS
byte late_calls;		/* a bit for each request */

inline ksem_calls_later()
{
	d_step { late_calls = late_calls | calls; calls = 0 }
}

/* The call is off the list when it is made. */
inline ksem_run_calls(how_many)
{
	nr_calls = 0;
	do
	:: calls && nr_calls < how_many ->
		d_step { calls = calls & ~1; nr_calls++ }
		ksem_request_call(0)
	:: else -> break
	od;
	nr_calls = 0;
	if
	:: calls -> ksem_calls_later()
	:: else
	fi
}

inline ksem_make_calls()
{
	if
	:: !calls
	:: calls && no_preempt -> ksem_calls_later()
	:: calls && !no_preempt -> ksem_run_calls(KSEM_CALLS_MAX)
	fi
}
#endif

#ifdef THREAD
/* ksem_thread_fn() */
proctype Thread()
{
	LOCALS;

end:	do
	:: atomic { sem[0].rest -> sem[0].rest = 0 }
		ksem_do_rest(0)
#if SEMS > 1
	:: atomic { sem[1].rest -> sem[1].rest = 0 }
		ksem_do_rest(1)
#endif
#ifdef REQUESTS
	:: atomic { late_calls -> calls = late_calls; late_calls = 0 }
		ksem_run_calls(1)
#endif
	od
}
#endif
