/* SPDX-License-Identifier: MIT */
/* kernel/sem/poll.c, and what poll() and kernfs do with it. */

bit told[TASKS];		/* pollwake() has been there */
byte interest[TASKS];		/* what a task polls for */
byte event[SEMS];		/* kernfs_notify() counts it */

/* In the step of its caller. */
inline ksem_poll_mask(s, ret)
{
	ret = 0;
	if
	:: sem[s].dead -> ret = HUP
	:: else ->
		if
		:: sem[s].units && !QUEUE_BARS(s) -> ret = IN
		:: else
		fi;
		if
		:: sem[s].units < sem[s].max -> ret = ret | OUT
		:: else
		fi
	fi
}

/* The same. */
inline ksem_poll_news(s)
{
	ksem_poll_mask(s, news);
	if
	:: !(sem[s].changed & KSEM_CHANGED_UNITS) -> news = news & ~IN
	:: else
	fi;
	if
	:: !(sem[s].changed & KSEM_CHANGED_ROOM) -> news = news & ~OUT
	:: else
	fi;
	news = news | PRI
}

/* Under the lock of the wait queue. */
inline wake_up_poll(s)
{
	d_step {
		for (at : 0 .. TASKS - 1) {
			told[at] = told[at] ||
				   ((sem[s].poll & (1 << at)) &&
				    (news & (interest[at] | HUP)))
		}
		if
		:: sem[s].poll & WATCH ->
			sem[s].poll = sem[s].poll & ~WATCH;
			event[s]++
		:: else
		fi;
		news = 0
	}
}

#ifdef PREEMPT_RT
#define CANT_TELL	no_preempt
#else
#define CANT_TELL	0
#endif

/*
 * The last ksem_unlock() serves nobody here: what others have left to be served
 * they serve themselves.
 */
inline ksem_tell(s)
{
	if
	:: !news
	:: news && CANT_TELL ->
		if
		:: news & OUT -> ksem_settle_later(s, KSEM_CHANGED)
		:: else -> ksem_settle_later(s, KSEM_CHANGED_GIVEN)
		fi;
		news = 0
	:: news && !CANT_TELL ->
		wake_up_poll(s);
		if
		:: OBSERVED(s)
		:: else ->
			atomic {
				ksem_lock(s);
				d_step { leave_and_drop(s); news = 0 }
			}
		fi
	fi
}

/* What ksem_poll() does under the lock, which changes nothing. */
inline ksem_poll_look(s, ret)
{
	atomic {
		ksem_lock(s);
		d_step {
			ksem_poll_mask(s, ret);
			leave_and_drop(s)
		}
	}
}

/* poll(2), without a time limit. */
inline do_poll(s, me, what, ret)
{
	interest[me] = what;
	ret = 0;
#ifdef BUG_POLL_LOOKS_FIRST
	ksem_poll_look(s, ret);
	sem[s].poll = sem[s].poll | (1 << me);
#else
	sem[s].poll = sem[s].poll | (1 << me);
	ksem_poll_look(s, ret);
#endif
	do
	:: ret & (what | HUP) -> break
	:: else ->
		told[me] -> told[me] = 0;
		ksem_poll_look(s, ret)
	od;
	sem[s].poll = sem[s].poll & ~(1 << me);
	told[me] = 0
}

inline ksem_watch(s)
{
	sem[s].poll = sem[s].poll | WATCH;
	atomic {
		ksem_lock(s);
		d_step { leave_and_drop(s) }
	}
}
