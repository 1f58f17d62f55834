/* SPDX-License-Identifier: MIT */
/*
 * kernel/wait.c.  A task's waiter has the task's number.  A process has two
 * variables for this: give_up, why a wait of it can end before it is served (or
 * OK if it can't), and why.
 */

/* Sets why to OK if it is time to look again. */
inline ksem_sleep(me)
{
	if
	:: !asleep[me] -> why = OK
	:: give_up != OK -> d_step { why = give_up; asleep[me] = 0 }
	fi
}

inline ksem_block(s, n, me, ret)
{
	atomic {
		ksem_lock(s);
		d_step { ksem_take(s, n, ret) }
		if
		:: ret != EAGAIN -> ksem_unlock(s)
		:: else ->
			d_step {
				waiter[me].any = NOBODY;
				ksem_enqueue(s, me, n, me)
			}
		fi
	}
	if
	:: ret != EAGAIN
	:: else ->
#ifdef BUG_NO_SETTLE_AFTER_QUEUEING
		ksem_unlock(s);
#else
		ksem_settle_and_unlock(s);
#endif
		why = OK;
		do
		:: why == OK ->
#ifdef BUG_LOOKS_BEFORE_STATE
			if
			:: waiter[me].status != KSEM_QUEUED -> break
			:: else
			fi;
			asleep[me] = 1;
#else
			asleep[me] = 1;
			if
			:: waiter[me].status != KSEM_QUEUED -> break
			:: else
			fi;
#endif
			ksem_sleep(me)
		:: else -> break
		od;
		asleep[me] = 0;
		if
		:: why == OK -> ret = waiter[me].status
		:: else ->
			atomic {
				ksem_lock(s);
				d_step {
					if
					:: waiter[me].status == KSEM_QUEUED ->
						ksem_dequeue(s, me);
						waiter[me].status = why
					:: else
					fi;
#ifdef BUG_TIMEOUT_IGNORES_STATUS
					ret = why;
#else
					ret = waiter[me].status;
#endif
					why = OK
				}
			}
#ifdef BUG_NO_SETTLE_AFTER_LEAVING
			ksem_unlock(s)
#else
			ksem_settle_and_unlock(s)
#endif
		fi;
		atomic { waiter[me].status = OK; waiter[me].units = 0 }
	fi
}

inline ksem_wait_until(s, n, me, ret)
{
	ksem_take_fast(s, n);
	ret = err;
	if
	:: err == OK
	:: else -> ksem_block(s, n, me, ret)
	fi;
	err = OK
}
