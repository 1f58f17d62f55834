/* SPDX-License-Identifier: MIT */
/*
 * kernel/sem/wait.c.  A task's waiter has the task's number.  A process has two
 * variables for this: give_up, why a wait of it can end before it is served (or
 * OK if it can't), and why.  A third, looks, says that a timer can
 * end the sleep: then why is EAGAIN.
 */

/* Sets why to OK if it is time to look again. */
inline ksem_sleep(me)
{
	if
	:: !asleep[me] -> why = OK
#ifdef UNFAIR
	:: looks -> d_step { why = EAGAIN; asleep[me] = 0 }
#endif
	:: give_up != OK -> d_step { why = give_up; asleep[me] = 0 }
	fi
}

/* In the step of its caller. */
inline ksem_task_served(s, w, result)
{
#ifdef HANDLES
	ksem_account_take(waiter[w].account, s, waiter[w].units, result);
#endif
	to_wake = to_wake | (1 << waiter[w].task);
	waiter[w].status = result
}

#ifdef UNFAIR
#define SLEEPS_ON(w) \
	(waiter[w].status == KSEM_QUEUED || \
	 waiter[w].status == KSEM_PASSABLE || waiter[w].status == KSEM_PASSED)
#define IS_QUEUED(w) \
	(SLEEPS_ON(w) || waiter[w].status == KSEM_NUDGED)
#else
#define SLEEPS_ON(w)	(waiter[w].status == KSEM_QUEUED)
#define IS_QUEUED(w)	SLEEPS_ON(w)
#endif

/* Until it is served, nudged, or given up: why says why to give up, or OK. */
inline ksem_task_sleep(who)
{
	do
	:: why == OK ->
#ifdef BUG_LOOKS_BEFORE_STATE
		if
		:: !SLEEPS_ON(who) -> break
		:: else
		fi;
		asleep[who] = 1;
#else
		asleep[who] = 1;
		if
		:: !SLEEPS_ON(who) -> break
		:: else
		fi;
#endif
		ksem_sleep(who)
	:: else -> break
	od;
	asleep[who] = 0
}

#ifdef UNFAIR
/* In the step of its caller; ret is the status then. */
inline ksem_task_try_now(s, who, by, ret)
{
	if
	:: !IS_QUEUED(who) ->
		ret = waiter[who].status
#ifdef BUG_TRY_COUNTS_TWICE
		;
		ksem_account_take(by, s, 1, ret)
#endif
	:: else ->
		ksem_try_nudged(s, who, ret);
#ifndef BUG_TRY_FORGETS_ACCOUNT
		ksem_account_take(by, s, 1, ret)
#endif
	fi;
	waiter[who].tried = 1
}

/* Answers a nudge. */
inline ksem_task_try(s, who, by, ret)
{
	atomic {
		ksem_lock(s);
		d_step { ksem_task_try_now(s, who, by, ret) }
	}
#ifdef BUG_TRY_SERVES_NOBODY
	d_step { leave_and_drop(s) }
#else
	ksem_unlock(s);
	ksem_make_calls()
#endif
}
#endif

#ifdef BUG_GIVES_UP_UNNUDGED_ONLY
#define CAN_LEAVE(w)	SLEEPS_ON(w)
#else
#define CAN_LEAVE(w)	IS_QUEUED(w)
#endif

/* by is a handle or NOBODY. */
inline ksem_block(s, n, who, by, ret)
{
	atomic {
		ksem_lock(s);
		d_step {
			ksem_take(s, n, ret);
#ifndef BUG_TAKE_COUNTS_LATE
			ksem_account_take(by, s, n, ret)
#endif
		}
		if
		:: ret != EAGAIN -> ksem_unlock_at_once(s)
		:: else ->
			d_step {
#ifdef ANYS
				waiter[who].any = NOBODY;
#endif
#ifdef HANDLES
				waiter[who].account = by;
#endif
				ksem_enqueue(s, who, n, who);
#ifdef UNFAIR
				if
#ifdef BUG_BLOCK_LETS_ALL_PASS
				:: sem[s].unfair ->
#else
				:: sem[s].unfair && n == 1 ->
#endif
					waiter[who].status = KSEM_PASSABLE
				:: else
				fi
#endif
			}
		fi
	}
	if
	:: ret != EAGAIN ->
		ksem_unlock_now(s)
#ifdef BUG_TAKE_COUNTS_LATE
		;
		d_step { ksem_account_take(by, s, n, ret) }
#endif
	:: else ->
#ifdef BUG_QUEUES_WITHOUT_SERVING
		d_step { leave_and_drop(s) }
#else
		ksem_unlock(s);
#endif
		why = OK;
#ifdef UNFAIR
		do
		::
#ifndef BUG_PASSED_SLEEPS_ON
			looks = (waiter[who].status == KSEM_PASSED);
#endif
			ksem_task_sleep(who);
			d_step {
				looks = 0;
				if
				:: why == EAGAIN -> why = OK
				:: else
				fi
			};
			if
			:: why != OK ||
			   (!waiter[who].tried && !IS_QUEUED(who)) -> break
			:: else ->
				ksem_task_try(s, who, by, ret);
				if
				:: ret == KSEM_QUEUED || ret == KSEM_PASSABLE ||
				   ret == KSEM_PASSED
				:: else -> break
				fi
			fi
		od;
#else
		ksem_task_sleep(who);
#endif
		if
		:: why == OK -> ret = waiter[who].status
		:: else ->
			atomic {
				ksem_lock(s);
				d_step {
#ifdef UNFAIR
					if
#ifndef BUG_TIMEOUT_LEAVES_ITS_UNIT
					:: why == ETIMEDOUT ->
						ksem_task_try_now(s, who, by, ret)
#endif
					:: else
					fi;
					assert(why != ETIMEDOUT ||
					       !HAS_NUDGE(who) || sem[s].dead ||
					       HEAD(s) != who || !sem[s].units);
#endif
					if
					:: CAN_LEAVE(who) ->
						ksem_dequeue(s, who);
						waiter[who].status = why
					:: else
					fi;
#ifdef BUG_TIMEOUT_IGNORES_STATUS
					ret = why;
#else
					ret = waiter[who].status;
#endif
					why = OK
				}
			}
#ifdef BUG_LEAVES_WITHOUT_SERVING
			d_step { leave_and_drop(s) }
#else
			ksem_unlock(s)
#endif
		fi;
		atomic {
			waiter[who].status = OK;
			waiter[who].units = 0;
#ifdef UNFAIR
			waiter[who].tried = 0;
			waiter[who].is_settled = 0
#endif
		}
	fi
}

/* ksem_wait_n() and its like */
inline ksem_wait_common(s, n, me, ret)
{
	ksem_take_fast(s, n);
	ret = err;
	if
	:: err == OK
	:: else -> ksem_block(s, n, me, NOBODY, ret)
	fi;
	err = OK
}
