/* SPDX-License-Identifier: MIT */
/* kernel/notify.c, and what poll() and kernfs do with it. */

#define IN	1
#define OUT	2
#define HUP	4

bit told[TASKS];		/* pollwake() has been there */
byte interest[TASKS];		/* what a task polls for; 0 is ksem_operate() */
byte event[SEMS];		/* kernfs_notify() counts it */

/* In the step of its caller. */
inline ksem_poll_mask(s, ret)
{
	ret = 0;
	if
	:: sem[s].dead -> ret = HUP
	:: else ->
		if
		:: sem[s].units && !sem[s].nr_waiters -> ret = IN
		:: else
		fi;
		if
		:: sem[s].units < sem[s].max -> ret = ret | OUT
		:: else
		fi
	fi
}

/* In any order with what the tasks do, as on any CPU. */
proctype Notify(byte s)
{
	LOCALS;
	byte mask, i;
	bit watched;

end:	do
	:: sem[s].notify ->
		sem[s].notify = 0;
		atomic {
			ksem_lock(s);
			d_step {
				ksem_poll_mask(s, mask);
				watched = sem[s].watched;
				sem[s].watched = 0
			}
			ksem_unlock(s)
		}
		/* wake_up_poll(), under the lock of the wait queue. */
		atomic {
			for (i : 0 .. TASKS - 1) {
				if
				:: !sem[s].poll[i]
				:: sem[s].poll[i] && !interest[i] ->
					asleep[i] = 0
				:: sem[s].poll[i] && interest[i] ->
					if
					:: !mask ||
					   (mask & (interest[i] | HUP)) ->
						told[i] = 1
					:: else
					fi
				fi
			}
			i = 0;
			event[s] = event[s] + watched;
			mask = 0;
			watched = 0
		}
	od
}

inline ksem_poll_look(s, ret)
{
	atomic {
		ksem_lock(s);
		d_step { ksem_poll_mask(s, ret) }
		ksem_unlock(s)
	}
}

/* poll(2), without a time limit. */
inline do_poll(s, me, what, ret)
{
	interest[me] = what;
	ret = 0;
#ifdef BUG_POLL_LOOKS_FIRST
	ksem_poll_look(s, ret);
	sem[s].poll[me] = 1;
#else
	sem[s].poll[me] = 1;
	ksem_poll_look(s, ret);
#endif
	do
	:: ret & (what | HUP) -> break
	:: else ->
		told[me] -> told[me] = 0;
		ksem_poll_look(s, ret)
	od;
	sem[s].poll[me] = 0;
	told[me] = 0
}

inline ksem_watch(s)
{
	atomic {
		ksem_lock(s);
		sem[s].watched = 1;
		ksem_unlock(s)
	}
}
