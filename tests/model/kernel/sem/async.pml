/* SPDX-License-Identifier: MIT */
/*
 * kernel/sem/async.c, for one request.  Its waiter is waiter[0].  busy, calls
 * and cancel, which one task at most sets, are in one variable in C.  The
 * configuration has granted(), the callback.
 */

typedef Request {
	bit busy;
	byte calls;
	bit cancel
};

Request req[REQUESTS];

/* In the step of its caller: the call is counted under the lock. */
inline ksem_request_end(r, status_)
{
	waiter[r].status = status_;
	req[r].calls++;
	assert(!(calls & (1 << r)));
	calls = calls | (1 << r)
}

inline ksem_request_served(w, status_)
{
	ksem_request_end(w, status_)
}

/*
 * The caller makes the calls, after it.  In a callback it is ksem_run_calls()
 * that goes on with them.
 */
inline ksem_wait_async_n(s, n, r, ret)
{
	atomic {
		if
		:: req[r].busy || req[r].cancel -> ret = EBUSY
		:: else -> req[r].busy = 1; ret = OK
		fi
	}
	if
	:: ret == EBUSY
	:: else ->
		atomic {
			ksem_lock(s);
			d_step {
				ksem_take(s, n, ret);
				if
				:: ret == OK -> ksem_request_end(r, OK)
				:: ret == EAGAIN ->
					ksem_enqueue(s, r, n, NOBODY)
				:: else -> req[r].busy = 0
				fi
			}
		}
		ksem_unlock(s);
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
		ksem_unlock(s)
	fi
}

/* The last look is at both in one. */
inline ksem_cancel_sync(s, r, ret)
{
	req[r].cancel = 1;
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
	od;
	req[r].cancel = 0
}

inline ksem_request_call(r)
{
	result = waiter[r].status;
	req[r].busy = 0;
	granted(r, result);
	d_step { req[r].calls--; result = 0 }
}
