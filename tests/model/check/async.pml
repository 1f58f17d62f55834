/* SPDX-License-Identifier: MIT */
/*
 * A request whose callback submits it again is taken back, and freed.  Its calls
 * are made by the posters themselves, and by the thread.
 */
#define TASKS	2
#define QUEUE	2
#define REQUESTS	1
#define THREAD
#include "../kernel/sem/core.pml"
#include "../kernel/sem/wait.pml"
#include "../kernel/sem/async.pml"

byte times = 2;			/* that the callback submits it again */
bit is_freed;

inline granted(r, status_)
{
	assert(!is_freed);
	if
	:: status_ == OK -> kept[0]++
	:: else
	fi;
	if
	:: status_ == OK && times ->
		times--;
		ksem_wait_async_n(0, 1, r, again);
		again = 0
	:: else
	fi;
	assert(!is_freed)
}

#include "../kernel/sem/call.pml"
#include "../tasks.pml"

proctype Owner()
{
	TASK;

	ksem_wait_async_n(0, 1, 0, ret);
	ksem_make_calls();
	assert(ret == OK);
	ksem_cancel_sync(0, 0, ret);
	atomic {
		is_freed = 1;
		assert(waiter[0].status != KSEM_QUEUED);
		assert(!req[0].busy && !req[0].calls && !late_calls)
	}
}

init {
	LOCALS;

	atomic {
		ksem_init(0, 0, 4);
		run Thread();
		run Owner();
		run Poster(0, 1, 1);
		run Poster(0, 2, 0);
		run Keeper(1, 0, 1, OK)
	}
	timeout;
	check_quiet(0);
	assert(is_freed);
	check_shutdown(0)
}
