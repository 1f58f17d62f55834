/* SPDX-License-Identifier: MIT */
/* A request whose callback submits it again is taken back, and freed. */
#define TASKS		2
#define QUEUE		2
#define REQUESTS	1
#include "../kernel/core.pml"
#include "../kernel/wait.pml"
#include "../tasks.pml"

byte times = 2;			/* that the callback submits it again */
bit is_freed;

inline granted(r, status)
{
	assert(!is_freed);
	keep(0, 1);
	if
	:: status == OK && times ->
		times--;
		ksem_wait_async_n(0, 1, r, again)
	:: else
	fi;
	assert(!is_freed)
}

#include "../kernel/async.pml"

proctype Owner()
{
	TASK;

	ksem_wait_async_n(0, 1, 0, ret);
	assert(ret == OK);
	ksem_cancel_sync(0, 0, ret);
	atomic {
		is_freed = 1;
		assert(waiter[0].status != KSEM_QUEUED);
		assert(!req[0].busy && !req[0].calls && !req[0].over)
	}
}

init {
	LOCALS;

	atomic {
		ksem_init(0, 0, 4);
		run OverWork();
		run OverWork();
		run Owner();
		run Poster(1);
		run Poster(2);
		run Keeper(1, 1)
	}
	timeout;
	check_quiet(0);
	assert(is_freed);
	check_shutdown(0)
}
