/* SPDX-License-Identifier: MIT */
/*
 * kernel/async.c; ksem_request_over() is in over.pml.  The configuration has
 * granted(), the callback.
 */

inline ksem_wait_async_n(s, n, r, ret)
{
	atomic {
		if
		:: req[r].busy -> ret = EBUSY
		:: else -> req[r].busy = 1; ret = OK
		fi
	}
	if
	:: ret == EBUSY
	:: else ->
		atomic {
			ksem_lock(s);
			d_step { ksem_take(s, n, ret) }
		}
		if
		:: ret == OK ->
			waiter[r].status = OK;
			ksem_request_over(r)
		:: ret == EAGAIN ->
			d_step {
				waiter[r].any = NOBODY;
				ksem_enqueue(s, r, n, NOBODY)
			}
		:: else -> req[r].busy = 0
		fi;
		ksem_settle_and_unlock(s);
		if
		:: ret == EAGAIN -> ret = OK
		:: else
		fi
	fi
}

inline ksem_cancel(s, r, ret)
{
	ret = 0;
	if
	:: !req[r].busy
	:: else ->
		atomic {
			ksem_lock(s);
			d_step {
#ifdef BUG_CANCEL_IGNORES_STATUS
				ret = req[r].busy;
#else
				ret = req[r].busy &&
				      waiter[r].status == KSEM_QUEUED;
#endif
				if
				:: ret ->
					ksem_dequeue(s, r);
					waiter[r].status = ECANCELED;
					req[r].busy = 0
				:: else
				fi
			}
		}
		ksem_settle_and_unlock(s)
	fi
}

/* The last look is at both in one. */
inline ksem_cancel_sync(s, r, ret)
{
	do
	:: ksem_cancel(s, r, ret);
#ifndef BUG_CANCEL_DOES_NOT_WAIT
		!req[r].calls;
#endif
		if
#if defined(BUG_CANCEL_LOOKS_TWICE) || defined(BUG_CANCEL_DOES_NOT_WAIT)
		:: !req[r].busy -> break
#else
		:: !req[r].busy && !req[r].calls -> break
#endif
		:: else
		fi
	od
}

/* On any CPU: several calls with one request can overlap. */
proctype OverWork()
{
	LOCALS;
	byte r, ret, again;

end:	do
	:: atomic {
		req[r].over -> req[r].over--
	   }
		ret = waiter[r].status;
		req[r].busy = 0;
		granted(r, ret);
		d_step { req[r].calls--; ret = 0 }
	od
}
